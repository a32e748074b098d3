"""Questions over the store: which city, which spans, which figures. `report`, `events` and the proofs ask here."""
