"""Whatever one of the two sees of the other, the other sees of them."""

from tests.console.browser import Page
from tests.console.conftest import LocalConsole
from tests.console.furnished import furnished
from tests.delivery.company import Company


def things(page: Page, section: str) -> list[str]:
    """The things of a section, without what its reader may do with them."""
    return sorted(each.get("id") for each in page.all(f"//section[@aria-labelledby='{section}']//article"))


def weeks(page: Page) -> list[list[str]]:
    return [[cell.text_content() for cell in row.xpath("td")] for row in page.all("//section//tbody/tr")]


async def test_each_of_the_two_sees_the_same_of_the_other(company: Company, console: LocalConsole):
    anna, ben = await company.hire("anna", "ben")
    address = (await furnished(company, anna, ben))["/partnerships/{id}"]
    one = await (await console.sign_in(anna)).open(address)
    other = await (await console.sign_in(ben)).open(address)
    assert len(things(one, "mine")) == len(things(one, "theirs")) == 2
    assert things(one, "mine") == things(other, "theirs")
    assert things(one, "theirs") == things(other, "mine")
    assert things(one, "goals") == things(other, "goals") != []
    assert things(one, "next") == things(other, "next") != []
    assert [each.get("id") for each in one.all("//h2")] == [each.get("id") for each in other.all("//h2")]
    assert weeks(one) == [[theirs, mine, together] for mine, theirs, together in weeks(other)] != []
