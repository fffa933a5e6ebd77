"""Pages of reports: how long they take to write, how large they are, and how long a browser takes to show them.

`python benchmarks/report_pages.py` writes the pages of five models and opens each in a fresh headless Chromium, at 1280
pixels. "shown" is the time on the clock from the start of the navigation to the last picture; "work" is the processor
time of the page itself in that time, which other programs on the machine do not lengthen. The folder of reference
models is the one that DLNBALANCE_DATA names.
"""

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

import dlnbalance as dln

ORDER = 10


def models():
    """The models, by name."""
    folder = Path(os.environ["DLNBALANCE_DATA"])
    found = {name: dln.load(folder / f"{name}.mat") for name in ("build", "CDplayer", "iss")}
    found["build, sampled at 0.05 s"] = dln.c2d(found["build"], 0.05)
    found["build with two unstable poles"] = found["build"] + dln.LinearSystem(
        np.array([[0.5, 2.0], [-2.0, 0.5]]), np.ones((2, 1)), 1e-3 * np.ones((1, 2))
    )
    return found


def started():
    """A fresh browser without a window."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    driver = webdriver.Chrome(options=options, service=webdriver.chrome.service.Service(shutil.which("chromedriver")))
    driver.set_window_size(1280, 900)
    driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    driver.get("about:blank")
    return driver


def opened(path):
    """Seconds until text and pictures are there, processor time, and seconds from one order to the next."""
    driver = started()
    try:
        driver.get(path.as_uri())
        while not driver.execute_script("return document.body.dataset.drawn"):
            time.sleep(0.01)
        shown = driver.execute_script("return performance.now()") / 1e3
        metrics = driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        work = next(each["value"] for each in metrics if each["name"] == "TaskDuration")
        loaded = driver.execute_script("return performance.getEntriesByType('navigation')[0].loadEventEnd") / 1e3
        moved = driver.execute_async_script(
            """
            const done = arguments[0], slider = document.getElementById("order"), start = performance.now();
            const before = document.body.dataset.drawn;
            slider.value = Number(slider.value) + 1;
            slider.dispatchEvent(new Event("input"));
            const wait = () => document.body.dataset.drawn === before ? requestAnimationFrame(wait)
                                                                       : done((performance.now() - start) / 1e3);
            wait();"""
        )
        return loaded, shown, work, moved
    finally:
        driver.quit()


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--keep", type=Path, help="folder that the pages stay in")
    folder = parser.parse_args().keep or Path(tempfile.mkdtemp())
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print("| model | states, signals | orders | MB | write (s) | text (s) | shown (s) | work (s) | next order (s) |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, system in models().items():
        model = dln.reduce(system, ORDER)
        start = time.perf_counter()
        path = dln.write_report(model, folder / f"{name}.html", source=name, overwrite=True)
        written = time.perf_counter() - start
        orders = path.read_text(encoding="utf-8").count("<tr data-index")
        loaded, shown, work, moved = opened(path)
        size = f"{system.nstates}, {system.noutputs}×{system.ninputs}"
        times = f"{written:.1f} | {loaded:.2f} | {shown:.2f} | {work:.2f} | {moved:.2f}"
        print(f"| {name} | {size} | {orders} | {path.stat().st_size / 1e6:.2f} | {times} |", flush=True)


if __name__ == "__main__":
    main()
