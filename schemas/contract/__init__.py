"""What citywatch promises to those beside it: topics, records, their meaning; documents made from declarations."""
