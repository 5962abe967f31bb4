# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes problems.parquet beside this file: problems of our own in the columns and types that data sets come in.

Needs: pip install pyarrow (26.0.1).
"""
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

prompts = [[{"role": "user", "content": f"What is {n} + 2?"}] for n in range(5)]
table = pa.table({
    "prompt": pa.array(prompts, pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))),
    "solution": pa.array([f"Two more than {n}. So \\boxed{{{n + 2}}}." for n in range(5)], pa.large_string()),
    "tier": pa.array(["easy", "easy", "hard", "hard", "hard"]).dictionary_encode(),
    "n": pa.array([1, None, 3, 4, 5], pa.int16()),
    "weights": pa.array([[0.5, 1.0], [], None, [2.0], [3.0]], pa.list_(pa.float32())),
    "image": pa.array([b"\xff\xd8"] * 5, pa.binary()),
    "price": pa.array(["1.50"] * 5).cast(pa.decimal128(6, 2)),
})
# Two row groups, so that batches are seen to follow on.
pq.write_table(table, pathlib.Path(__file__).parent / "problems.parquet", row_group_size=3, compression="zstd")
