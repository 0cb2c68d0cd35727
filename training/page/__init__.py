"""What every HTML report is made of: sections, figures and one template."""
