"""The command line: a table, the score, and what is wrong."""

import json

from click.testing import CliRunner

from backend.compliance.check import main

DEPOSIT = {"channel": "sms", "product": "вклад"}
CASES = [
    {**DEPOSIT, "text": "ПАО «Примербанк»: вклад до 21%", "verdict": "violation", "rules": ["FIN-PARTIAL"]},
    {**DEPOSIT, "text": "ПАО «Примербанк»: вклад ждёт", "verdict": "violation", "rules": ["FIN-NAME"]},
    {**DEPOSIT, "text": "ПАО «Примербанк»: вклад ждёт"},
]


def test_table_and_score(tmp_path):
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(case, ensure_ascii=False) for case in CASES), encoding="utf-8")
    result = CliRunner().invoke(main, [str(path), "--all"])
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line[0] for line in lines[:3]] == ["+", "-", " "]
    assert "right 1 of 2 (50.0%), 0 of them lawful" in lines
