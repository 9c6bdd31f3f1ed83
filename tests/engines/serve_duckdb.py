"""DuckDB as an engine: a query a line of standard input, as JSON; on standard output a byte that is 0
for rows and 1 for an error, eight bytes of the length, then an Arrow stream or the error's words."""

import json
import struct
import sys

import duckdb
import pyarrow

connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
connection.execute("CREATE MACRO unix_date(d) AS date_diff('day', DATE '1970-01-01', d)")
connection.execute("CREATE MACRO unix_micros(t) AS epoch_us(t)")
path = sys.argv[1].replace("'", "''")
connection.execute(f"CREATE VIEW rows_of_file AS SELECT * FROM read_parquet('{path}')")

for line in sys.stdin:
    try:
        answer = connection.execute(json.loads(line)).to_arrow_table()
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, answer.schema) as stream:
            stream.write_table(answer)
        sign, content = b"\0", sink.getvalue().to_pybytes()
    except Exception as error:  # noqa: BLE001: every failure is the answer
        sign, content = b"\1", str(error).encode()
    sys.stdout.buffer.write(sign + struct.pack("<Q", len(content)) + content)
    sys.stdout.buffer.flush()
