"""The schedule's engine: who pitches when, where and before whom. Plain values in and out; no database, no Django."""
