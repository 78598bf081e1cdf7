"""Review forms as a workbook that is filled outside the portal: what its columns are, writing it, reading it back."""
