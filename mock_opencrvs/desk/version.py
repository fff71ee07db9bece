"""Which generation of forms is played."""

from __future__ import annotations

from typing import Literal, get_args

FormVersion = Literal["1.8", "2.0"]
VERSIONS: tuple[FormVersion, ...] = get_args(FormVersion)  # 2.0 stands for 1.9 and later
