"""Whole client bases: a file or a table, checked row by row, cut into chunks, written by any number of workers."""
