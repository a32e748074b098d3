"""What `citywatch doctor` looks at, part by part. A part that is missing is a finding, never an exception."""
