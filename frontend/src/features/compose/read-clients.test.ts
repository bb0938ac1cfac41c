import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { workbook } from "@/testing/workbook";
import { readClients, tableOf, textOfFile } from "./read-clients";

describe("clients from a table", () => {
  it("come back from the table that a batch gets", () => {
    const clients = [
      { client_id: 7, features: { age: "52,7", reg_region_nm: 'Тула, "юг"' } },
      { client_id: "A-1", product: "CC", features: { gender: "1" } },
    ];
    expect(readClients(tableOf(clients)).clients).toEqual(clients);
  });

  it("are read with a comma, a semicolon or a tab, unknown cells left out", () => {
    for (const sign of [",", ";", "\t"]) {
      const lines = [
        ["client_id", "AGE", "cnt_tr_oil_3m"],
        ["7", '"52,7"', "NULL"],
      ];
      const read = readClients(lines.map((cells) => cells.join(sign)).join("\r\n"));
      expect(read.clients).toEqual([{ client_id: 7, features: { age: "52,7" } }]);
      expect(read.problems).toEqual([]);
    }
  });

  it("keep their order and name the rows that are set aside", () => {
    const read = readClients("client_id;age\n1;52\n2;много\n;30\n1;40\n5;31;лишнее\n6;31");
    expect(read.clients.map((client) => client.client_id)).toEqual([1, 6]);
    expect(read.rows).toEqual([2, 7]);
    expect(read.problems.map(({ row, column, problem }) => [row, column, problem])).toEqual([
      [3, "age", "notNumber"],
      [4, "client_id", "noId"],
      [5, "client_id", "idTwice"],
      [6, "", "tooManyCells"],
    ]);
  });

  it("understand quoted cells with delimiters and line ends, and tell which columns are not used", () => {
    const read = readClients('client_id,age,reg_region_nm,note\nA-1,40,"Тула, ""юг""\nобласть",x');
    expect(read.clients).toEqual([
      { client_id: "A-1", features: { age: "40", reg_region_nm: 'Тула, "юг"\nобласть' } },
    ]);
    expect(read.ignored).toEqual(["note"]);
  });

  it("take the row number where there is no id, and both spellings of one column", () => {
    const read = readClients("avg_dep_avg_balance_lmonth\n1000\n2000");
    expect(read.clients[1]).toEqual({ client_id: 3, features: { avg_dep_avg_balance_1month: "2000" } });
  });

  it("are refused as a whole without a known column or with one twice", () => {
    expect(readClients("имя;возраст\nАнна;30").failed?.problem).toBe("header");
    expect(readClients("age;AGE\n1;2").failed).toEqual({ problem: "columnTwice", value: "age" });
  });
});

describe("clients from JSON", () => {
  it("come as an array, as the body of a call, or line by line", () => {
    const client = { client_id: 1, features: { age: 30 }, events: [{ type: "trip", at: "2026-11-20" }] };
    for (const text of [
      JSON.stringify([client]),
      JSON.stringify({ product: "CC", clients: [client] }),
      `${JSON.stringify(client)}\n`,
    ]) {
      expect(readClients(text).clients).toEqual([client]);
    }
    expect(readClients('{"client_id":1,"age":30}\n{"client_id":2,"age":31}').clients).toHaveLength(2);
  });

  it("say where they break", () => {
    expect(readClients('[{"client_id": 1,]').failed?.problem).toBe("json");
    expect(readClients('{"age":1}\n{"age":').failed?.value).toMatch(/^2:/);
    expect(readClients("[1]").problems).toEqual([{ row: 1, column: "", problem: "notObject" }]);
  });
});

describe("a file", () => {
  it("is read in UTF-8 or in the encoding of a Russian spreadsheet", async () => {
    const cp1251 = new Uint8Array([0xd2, 0xf3, 0xeb, 0xe0]);
    expect(await textOfFile(new File([cp1251], "a.csv"))).toBe("Тула");
    expect(await textOfFile(new File(["Тула"], "a.csv"))).toBe("Тула");
  });

  it("of Excel gives its first sheet, cells as csv has them, rows under their own numbers", async () => {
    const book = workbook([
      ["client_id", "AGE", "cnt_tr_oil_3m", "app_vehicle_ind", "reg_region_nm", "note"],
      [7, 52.7, "NULL", true, 'Тула, "юг"', { date: 46_348 }],
      [],
      ["A-1", { error: "#DIV/0!" }, null, false, null, null],
      ["A-2", "много", { error: "#N/A" }, null, null, null],
      [8, null, 3, null, null, { date: 46_348.5 }],
    ]);
    const text = await textOfFile(new File([book], "clients.xlsx"));
    expect(text).toContain("2026-11-22\n");
    expect(text).toContain("2026-11-22T12:00:00");
    const read = readClients(text);
    expect(read.clients).toEqual([
      { client_id: 7, features: { age: "52.7", app_vehicle_ind: "1", reg_region_nm: 'Тула, "юг"' } },
      { client_id: 8, features: { cnt_tr_oil_3m: "3" } },
    ]);
    expect(read.rows).toEqual([2, 6]);
    expect(read.problems).toEqual([
      { row: 4, column: "age", problem: "notNumber", value: "#DIV/0!" },
      { row: 5, column: "age", problem: "notNumber", value: "много" },
    ]);
    expect(read.ignored).toEqual(["note"]);
  });

  it("of Excel is read whatever its name and however many its rows", async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => [index, 30, `Область ${index}`]);
    const book = workbook([["client_id", "age", "reg_region_nm"], ...rows]);
    const read = readClients(await textOfFile(new File([book], "a.csv")));
    expect(read.clients).toHaveLength(20_000);
  });

  it("of Excel that cannot be read is refused with its reason", async () => {
    const old = new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1]);
    const whole = workbook([["age"], [30]]);
    const bad: [BlobPart, string, string][] = [
      [old, "a.xlsx", "xlsOld"],
      ["…", "a.xls", "xlsOld"],
      ["…", "a.xlsx", "xlsxBroken"],
      [whole.slice(0, whole.length / 2), "a.xlsx", "xlsxBroken"],
      [zipSync({ "word/document.xml": strToU8("<x/>") }), "a.xlsx", "xlsxBroken"],
      [workbook([]), "a.xlsx", "xlsxEmpty"],
    ];
    for (const [content, name, problem] of bad)
      await expect(textOfFile(new File([content], name))).rejects.toMatchObject({ problem });
  });
});
