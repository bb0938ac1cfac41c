"""Links with the tags of a campaign."""

import pytest

from backend.batches.links import tagged_link, with_tagged_links

PLACE = "bank.example/cards"
TAGGED = "https://bank.example/cards?utm_source=offerloop&utm_medium=email&utm_campaign=may%20%26&utm_content=CC"


def test_a_link_names_its_campaign_channel_and_product() -> None:
    assert tagged_link(PLACE, "may &", "EMAIL", "CC") == TAGGED
    assert tagged_link("http://b.example/?a=1", "m", "SMS", "DC").startswith("http://b.example/?a=1&utm_source=")
    assert tagged_link(PLACE, None, "EMAIL", "CC") == "https://bank.example/cards"


@pytest.mark.parametrize(
    ("text", "tagged"),
    [
        ("Подробнее: bank.example/cards.", f"Подробнее: {TAGGED}."),
        ("https://bank.example/cards — условия", f"{TAGGED} — условия"),
        ("bank.example/cards/gold и x.bank.example/cards", "bank.example/cards/gold и x.bank.example/cards"),
        ("Отписаться: bank.example/unsubscribe", "Отписаться: bank.example/unsubscribe"),
    ],
)
def test_links_of_a_mail_are_tagged(text: str, tagged: str) -> None:
    assert with_tagged_links(text, PLACE, "may &", "EMAIL", "CC") == tagged


def test_texts_with_a_length_stay_as_they_were_checked() -> None:
    assert with_tagged_links("bank.example/cards", PLACE, "may", "SMS", "CC") == "bank.example/cards"
    assert with_tagged_links("bank.example/cards", PLACE, None, "EMAIL", "CC") == "bank.example/cards"
