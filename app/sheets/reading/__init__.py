"""Guarded reading of spreadsheets that anybody may have made: xlsx, xls, ods and csv.

`open_sheet` looks a file over in bounded memory, then a child process with limits reads it and
its rows are streamed back. Whatever is wrong is a `FileRefusedError` with a sentence.
"""
