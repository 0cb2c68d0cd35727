"""HTML reports: a page of sections, figures in one style, one template.

It needs the extra ``operations``.
"""
