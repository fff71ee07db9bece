"""The one reader of foreign JSON: what it refuses, and that it never fails in another way."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.errors import Problem
from bridge.reading import read_json

REFUSED = [
    (b"", 400, "malformed"),
    (b"{bad", 400, "malformed"),
    (b"{'a': 1}", 400, "malformed"),
    (b'{"a": 1} trailing', 400, "malformed"),
    (b"\xff\xfe", 400, "malformed"),
    (b'"\\ud800"', 400, "malformed"),
    (b'{"a": NaN}', 400, "malformed"),
    (b"[Infinity]", 400, "malformed"),
    (b"[1e999]", 400, "malformed"),
    (b"1" * 5000, 400, "malformed"),
    (b'{"a": 1, "a": 1}', 400, "duplicate-key"),
    (b'{"b": [{"a": 1, "\\u0061": 2}]}', 400, "duplicate-key"),
    (b"[" * 33 + b"]" * 33, 400, "too-deep"),
    (b'{"a":' * 33 + b"1" + b"}" * 33, 400, "too-deep"),
    (b"[" * 100_000, 400, "malformed"),
    (b" " * (1024 * 1024 + 1), 413, "too-large"),
]


@pytest.mark.parametrize(
    ("raw", "status", "code"), REFUSED, ids=[f"{r[2]}-{i}" for i, r in enumerate(REFUSED)]
)
def test_refused(raw: bytes, status: int, code: str) -> None:
    with pytest.raises(Problem) as refused:
        read_json(raw)
    assert (refused.value.status, refused.value.code) == (status, f"bridge.body.{code}")


def test_depth_at_the_limit_is_read() -> None:
    assert read_json(b"[" * 32 + b"]" * 32) == json.loads("[" * 32 + "]" * 32)


def test_brackets_in_text_have_no_depth() -> None:
    assert read_json(json.dumps({"a": "[" * 500}).encode()) == {"a": "[" * 500}


def test_long_integers_stay_exact() -> None:
    assert read_json(b"10001100040000120260504081102") == 10001100040000120260504081102


texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(values)
def test_what_json_writes_is_read_back(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u01eE+-.ntrufalsed \n\ud800', max_size=60))
def test_nothing_but_a_problem_comes_out(body: bytes | str) -> None:
    raw = body if isinstance(body, bytes) else body.encode("utf-8", errors="surrogatepass")
    with suppress(Problem):
        read_json(raw)
