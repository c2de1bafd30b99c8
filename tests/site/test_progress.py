"""Ticks: what was read and solved stays in the browser, and shows where to go on."""

from scripts.tools.course import nav_lessons
from scripts.tools.pages import ROOT

N_LESSONS = len(nav_lessons((ROOT / "mkdocs.yml").read_text()))
LESSON = "lessons/layers/attention/"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TICKED = "localStorage.setItem('llm-foundations-ticks', '{}')"
IN_NAV = ".md-nav--primary a.md-nav__link--active .tick"
# Where everything stands on the first screen that a tick could push away.
PLACES = """() => [
    ...document.querySelectorAll(".overview *, article > p, h2, h3, .md-nav__item")]
  .filter((el) => !el.matches(".tick, .overview + p *"))
  .map((el) => el.getBoundingClientRect())
  .filter(({ y }) => y < innerHeight).map(({ x, y }) => `${x} ${y}`)"""


def chip(page, lesson):
    return page.locator(f".overview li li > a[href$='{lesson}/']")


def test_a_lesson_is_marked_as_read_and_its_exercises_as_solved(address, reader):
    visit = reader(viewport=DESK)
    page = visit.read(address + LESSON)
    assert page.locator(IN_NAV).count() == 0
    page.get_by_label("Solved: 2. Set the odds").check()
    page.get_by_role("button", name="Mark as read").click()
    said = page.locator(".read [role=status]")
    assert said.inner_text() == "You have read this lesson and solved 1 of 5 exercises."
    assert page.locator(IN_NAV).get_attribute("aria-label") == "read"

    page.reload()
    assert page.get_by_label("Solved: 2. Set the odds").is_checked()
    assert not page.get_by_label("Solved: 3. Both masks at once").is_checked()
    page.get_by_role("button", name="Mark as unread").click()
    assert said.inner_text() == "You have solved 1 of 5 exercises."
    assert page.locator(IN_NAV).count() == 0
    assert visit.said == []


def test_the_map_shows_what_was_read_and_can_forget_it(address, reader):
    visit = reader(viewport=DESK)
    page = visit.read(address + "map/")
    forget = page.get_by_role("button", name="Forget all ticks")
    assert not forget.is_visible()
    page.goto(address + LESSON)
    page.get_by_label("Solved: 1. Two questions at once").check()
    page.get_by_role("button", name="Mark as read").click()
    # Instant navigation keeps the scripts: the next page is drawn by them, too.
    page.locator(".md-nav--primary").get_by_role("link", name="Map").click()
    page.get_by_role("heading", name="Course map").wait_for()
    chip(page, "layers/attention").locator(".tick").wait_for()
    assert page.locator(".overview .tick").count() == 1
    said = page.locator(".overview + p [role=status]")
    have = f"You have read 1 of {N_LESSONS} lessons and solved 1 exercise."
    assert said.inner_text() == have

    page.once("dialog", lambda dialog: dialog.dismiss())
    forget.click()
    assert page.locator(".overview .tick").count() == 1
    page.once("dialog", lambda dialog: dialog.accept())
    forget.click()
    assert page.locator(".tick").count() == 0
    assert page.evaluate("localStorage['llm-foundations-ticks']") == "[]"
    assert not forget.is_visible()


def test_a_part_of_the_nav_is_not_ticked_with_its_first_lesson(address, reader):
    visit = reader(viewport=DESK)
    visit.context.add_init_script(TICKED.format('["layers/attention"]'))
    page = visit.read(address + "lessons/models/llama/")
    assert page.locator(".md-nav__item--pruned > [href$='attention/']").count() == 1
    assert page.locator(".md-nav--primary .tick").count() == 0


def test_what_is_not_ours_in_the_storage_is_passed_over(address, reader):
    visit = reader(viewport=DESK)
    visit.context.add_init_script(TICKED.format("{not a list"))
    page = visit.read(address + LESSON)
    page.get_by_role("button", name="Mark as read").click()
    assert page.locator(IN_NAV).count() == 1
    assert visit.said == []


def test_the_whole_course_stands_on_one_screen(address, reader):
    page = reader(viewport=DESK).read(address + "map/")
    chips = [chip.bounding_box() for chip in page.locator(".overview li li").all()]
    assert len(chips) == 51
    assert all(box["y"] + box["height"] <= 900 for box in chips)
    planned = page.locator(".overview li li:has(em)")
    style = "(el) => getComputedStyle(el).borderTopStyle"
    assert planned.first.evaluate(style) == "dashed"
    assert chip(page, "layers/attention").locator("..").evaluate(style) == "solid"
    assert planned.count() == 51 - N_LESSONS


def test_a_tick_moves_nothing(address, reader):
    for size in (DESK, PHONE):
        for name in ("map/", LESSON):
            visit = reader(viewport=size, reduced_motion="reduce")
            without = visit.read(address + name).evaluate(PLACES)
            every = '["layers/attention", "layers/positions", "models/llama"]'
            visit.page.evaluate(TICKED.format(every))
            page = visit.read(address + name)
            assert page.locator(".tick").count() > 0
            assert page.evaluate(PLACES) == without, (size, name)
