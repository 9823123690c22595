"""The guide for whoever writes a pack: each file and command of it, in the order in which a newcomer meets them."""

from pathlib import Path

import pytest

from tests.played import GUIDES, played

PAGE = """
Write this into `zz/pack.yaml`:

```yaml
pack: zz
```

Add this to `zz/pack.yaml`:

```yaml
title: Law
```

Change it in `zz/pack.yaml`:

```diff
 pack: zz
-
-title: Law
+title: Laws
```

```console
$ hashgrade law check zz
zz: good
```
"""


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_newcomer_who_follows_the_guide_sees_what_it_shows(guide: Path, tmp_path: Path) -> None:
    """What each command prints is what stands below it; `make reference` mends it, and the diff is for review."""
    assert played(guide.read_text(), tmp_path) == guide.read_text()


def test_a_guide_that_does_not_tell_the_truth_is_found_out(tmp_path: Path) -> None:
    """Files are written, lengthened and changed as the words before them say, and the printed text is the real one."""
    said = played(PAGE, tmp_path)
    assert (tmp_path / "zz" / "pack.yaml").read_text() == "pack: zz\ntitle: Laws\n"
    assert said.replace(said.partition("law check zz\n")[2], "") == PAGE.partition("zz: good")[0]
    assert "error[PACK-05]: `jurisdiction` is not stated\n --> zz/pack.yaml:1:1" in said
