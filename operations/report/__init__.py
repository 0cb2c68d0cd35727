"""What every HTML report is made of: sections, figures and one template.

It needs the extra ``report``; what is served never imports it.
"""
