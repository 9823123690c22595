"""What is on record, for those who answer for it: lists, studies, law and the audit trail."""
