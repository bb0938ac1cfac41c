import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderPage } from "@/testing/render";
import { type Finding, runsOf } from "./findings";
import { countWords } from "./forms";
import { OfferPreview } from "./offer-preview";
import { emailParts, scriptParts } from "./parts";
import { smsSize } from "./sms";

function finding(start: number, end: number, more: Partial<Finding> = {}): Finding {
  return {
    rule: "r",
    severity: "warn",
    law: "ст. 5 38-ФЗ",
    excerpt: "",
    advice: "Уберите слово",
    start,
    end,
    ...more,
  };
}

describe("the size of an SMS", () => {
  it("is 70 units in one part and 67 in several as soon as a letter is Cyrillic", () => {
    expect(smsSize("я".repeat(70))).toMatchObject({ encoding: "ucs2", segments: 1, left: 0 });
    expect(smsSize("я".repeat(71))).toMatchObject({ segments: 2, left: 63 });
    expect(smsSize("я".repeat(134))).toMatchObject({ segments: 2, left: 0 });
    expect(smsSize("я".repeat(135)).segments).toBe(3);
  });

  it("counts an emoji as two units and does not cut it between parts", () => {
    expect(smsSize("😀").units).toBe(2);
    expect(smsSize(`${"я".repeat(66)}😀${"я".repeat(66)}`)).toMatchObject({ units: 134, segments: 3 });
  });

  it("is 160 and 153 for Latin letters, a bracket being two", () => {
    expect(smsSize("a".repeat(160))).toMatchObject({ encoding: "gsm7", segments: 1 });
    expect(smsSize("a".repeat(161)).segments).toBe(2);
    expect(smsSize("[a]").units).toBe(5);
    expect(smsSize("«a»").encoding).toBe("ucs2");
  });
});

describe("findings in a text", () => {
  it("count Unicode characters, whatever stands before them", () => {
    const text = "😀😀 лучший вклад";
    const marked = runsOf(text, [finding(3, 9)]).filter((run) => run.findings.length);
    expect(marked.map((run) => run.text)).toEqual(["лучший"]);
  });

  it("may overlap, and are cut where only a piece is drawn", () => {
    const text = "самый лучший вклад";
    const runs = runsOf(text, [finding(0, 12), finding(6, 18)], 6);
    expect(runs.map((run) => [run.text, run.findings.length])).toEqual([
      ["лучший", 2],
      [" вклад", 1],
    ]);
  });

  it("keep the text whole when they lie outside of it", () => {
    expect(
      runsOf("вклад", [finding(4, 99), finding(50, 60), finding(0, 0)])
        .map((run) => run.text)
        .join(""),
    ).toBe("вклад");
  });
});

describe("the parts of a text", () => {
  it("tell subject, preheader and body of a letter, and give up on another form", () => {
    const text = "Тема: День зарплаты\nПрехедер: Всё в одном месте\n\nЗдравствуйте!\n\nС уважением";
    const parts = emailParts(text);
    expect(parts && text.slice(parts.subject.from, parts.subject.to)).toBe("День зарплаты");
    expect(parts && text.slice(parts.body.from, parts.body.to)).toBe("Здравствуйте!\n\nС уважением");
    expect(emailParts("Здравствуйте!\nПрехедер: нет\nда")).toBeNull();
  });

  it("set the branch for a refusal apart from the talk", () => {
    const { lines, refusal } = scriptParts("Здравствуйте!\nУдобно?\nПри отказе: Спасибо.");
    expect(lines).toHaveLength(2);
    expect(refusal).toEqual({ from: 34, to: 42 });
  });

  it("count an address as one word, as the server does", () => {
    expect(countWords("Заявка — на primerbank.example за 5 минут")).toBe(6);
  });
});

describe("the preview", () => {
  it("shows parts and characters of an SMS and no price that nobody knows", async () => {
    await renderPage(<OfferPreview channel="SMS" text={"я".repeat(80)} price={null} />);
    expect(screen.getByText("2 части")).toBeVisible();
    expect(screen.getByText("80 знаков")).toBeVisible();
    expect(screen.queryByText(/₽/)).toBeNull();
  });

  it("shows what all parts of an SMS cost together, and that some cost nothing", async () => {
    const { unmount } = await renderPage(<OfferPreview channel="SMS" text={"я".repeat(180)} price={4.2} />);
    expect(screen.getByText("3 части · 12,60 ₽")).toBeVisible();
    unmount();
    await renderPage(<OfferPreview channel="SMS" text="я" price={0} />);
    expect(screen.getByText("1 часть · 0,00 ₽")).toBeVisible();
  });

  it("tells the law and the advice of an underlined phrase by keyboard", async () => {
    const { user } = await renderPage(
      <OfferPreview channel="PUSH" text={"Лучший вклад\nОткройте в приложении"} findings={[finding(0, 6)]} />,
    );
    await user.tab();
    expect(screen.getByText("Лучший")).toHaveFocus();
    expect(await screen.findByText("Уберите слово")).toBeInTheDocument();
  });

  it("names the speaker and draws the refusal of a courier's script", async () => {
    await renderPage(<OfferPreview channel="KND" text={"Добрый день!\nПри отказе: До свидания."} />);
    expect(screen.getByText("Курьер")).toBeVisible();
    expect(screen.getByText("Если клиент отказался")).toBeVisible();
    expect(screen.getByText("До свидания.")).toBeVisible();
  });
});
