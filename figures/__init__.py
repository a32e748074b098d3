"""What figures are made of: civil periods, spans, comparisons, what is known, the spike rule; all pure."""
