"""What a page carries: scripts that the policy names, and data that cannot end the element it stands in."""

import base64
import gzip
import json

import pytest

from dlnbalance.report.bundles import data_text, packed_library, policy, scripts


def test_the_policy_names_scripts_by_their_digests():
    # the digest of the text "alert(1)", as sha256sum and base64 give it
    assert "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='" in policy(["alert(1)"])
    assert "unsafe-eval" not in policy(["alert(1)"])
    assert "script-src" not in policy()


def test_the_library_is_packed_without_a_date():
    packed = base64.b64decode(packed_library())
    assert packed[4:8] == bytes(4)
    assert "plotly.js" in gzip.decompress(packed).decode()[:200]


@pytest.mark.parametrize("words", ["</script>", "<!--", "&amp;", "\u2028", "σ"])
def test_data_can_stand_in_a_page(words):
    text = data_text({"name": words})
    assert json.loads(text) == {"name": words}
    assert not set("<>&") & set(text)


def test_scripts_are_strict_and_do_not_end_their_element():
    assert len(scripts()) == 2
    for script in scripts():
        assert '"use strict";' in script
        assert "</script" not in script.lower()
        assert "http" not in script
