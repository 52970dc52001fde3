"""The page in a browser: every chart shows something."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.python.reports.sample_report import sample_report

_BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_WIDTH, _HEIGHT = 1400, 2600
_RECTANGLES = """<script>
const boxes = [...document.querySelectorAll("svg.chart")].map(chart => {
  const box = chart.getBoundingClientRect();
  return [chart.getAttribute("aria-label"), box.left, box.top, box.width, box.height];
});
const note = document.createElement("pre"); note.id = "boxes"; note.hidden = true;
note.textContent = JSON.stringify(boxes); document.body.append(note);
</script></body>"""


def _browse(page: Path, *options: str) -> str:
    assert _BROWSER is not None
    command = [_BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += ["--force-device-scale-factor=1", f"--window-size={_WIDTH},{_HEIGHT}", *options, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@pytest.mark.skipif(_BROWSER is None, reason="no Chromium; ./dev test installs it")
def test_every_chart_of_the_page_has_ink(tmp_path: Path) -> None:
    image_module = pytest.importorskip("PIL.Image", reason="Pillow reads the screenshot; pip install litesmith[test]")
    report = sample_report()
    page = tmp_path / "report.html"
    page.write_text(report.html().replace("</body>", _RECTANGLES))
    found = re.search(r'<pre id="boxes"[^>]*>(.*?)</pre>', _browse(page, "--dump-dom"), re.DOTALL)
    assert found is not None
    boxes = json.loads(found.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert len(boxes) == 2 + len(report.layers)
    _browse(page, f"--screenshot={tmp_path / 'page.png'}")
    pixels = np.asarray(image_module.open(tmp_path / "page.png").convert("RGB"), np.int32)
    assert pixels.shape[0] >= max(top + height for _, _, top, _, height in boxes)
    for name, left, top, width, height in boxes:
        area = pixels[round(top) : round(top + height), round(left) : round(left + width)]
        coloured = np.ptp(area, axis=2) > 40
        assert coloured.mean() > 0.02, f"the chart '{name}' is blank"
    margin = pixels[:4, :4]
    assert np.ptp(margin, axis=2).max() <= 40, "the page itself is not coloured, so that the check can fail"
