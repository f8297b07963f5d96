"""What axe-core finds serious on a page."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

SCRIPT = Path(__file__).parents[2] / "widgets" / "node_modules" / "axe-core" / "axe.min.js"


async def serious(page: Page) -> list[str]:
    """Each rule that is broken, and where; empty when nothing is serious. The script goes in past the page's policy."""
    await page.evaluate(SCRIPT.read_text())
    found = await page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations"
        ".filter(v => ['serious', 'critical'].includes(v.impact))"
        ".map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 4).join(' | ')))"
    )
    return list(found)
