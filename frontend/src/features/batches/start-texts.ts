import { addTexts } from "@/i18n";

addTexts("batches", {
  ru: {
    new: {
      open: "Новая рассылка",
      corrected: "Загрузить исправленный файл",
      title: "Новая рассылка",
      from: "Откуда клиенты",
      source: { file: "Файл", table: "Таблица базы данных" },
      table: "Таблица",
      tableHint: "схема.таблица; схемы открывает администратор (BATCH_SCHEMAS)",
      wrongTable: "Нужно имя вида схема.таблица",
      what: "Что и куда",
      own: "Если в таблице есть столбцы product и channel, у каждого клиента важнее они.",
      campaignHint: "Попадёт в ссылки как utm_campaign. Без кампании ссылки остаются без меток",
      wrongCampaign: "Буквы, цифры, пробел, точка, дефис и подчёркивание; начинается с буквы или цифры",
      order: "Сначала проверим строки, потом напишем тексты в фоне.",
      act: "Начать рассылку",
    },
    file: {
      drop: "Перетащите сюда файл с клиентами или выберите его",
      hint: "csv, xlsx или parquet, до миллиона строк. В первой строке — имена столбцов: client_id, age, gender…",
      another: "Выбрать другой файл",
      missing: "Выберите файл с клиентами",
      empty: "Файл «{{name}}» пуст",
      oldExcel: "Книгу старого Excel или с паролем сохраните как .xlsx: файл «{{name}}» прочесть нельзя",
      ending: "Нужен csv, xlsx, parquet или json, а выбран «{{name}}»",
      content: "Файл «{{name}}» внутри не {{ending}}: сохраните его заново",
      large: "Файл больше 2 ГБ: если администратор не поднял предел, сервер его не примет",
    },
    upload: {
      name: "Отправка файла",
      sent: "Отправлено {{sent}} из {{size}}",
      taken: "Сервер принимает файл…",
      aloud: "Отправлено {{share}}",
      stop: "Прервать",
    },
    refusal: {
      said: "Ответ сервера: {{words}}",
      broken: {
        title: "Файл не дошёл до сервера",
        advice:
          "Связь прервалась. Если файл ({{size}}) больше предела сервера, разделите его; если его меняли после выбора, выберите снова. Иначе нажмите «Начать рассылку» ещё раз: двух рассылок не получится.",
      },
      "403": {
        title: "Роль не позволяет начинать рассылки",
        advice: "Попросите маркетолога или администратора.",
      },
      "409": {
        title: "Эта рассылка уже начинается",
        advice: "Закройте форму и посмотрите на список.",
      },
      "413": {
        title: "Файл слишком большой",
        advice:
          "Размер файла — {{size}}. Разделите его или сохраните как parquet: он в несколько раз меньше.",
      },
      "415": {
        title: "Такой файл не подходит",
        advice: "Нужен csv, xlsx, parquet или json.",
      },
      "422": {
        title: "Рассылка не начата: не всё заполнено верно",
        advice: "Проверьте отмеченное и попробуйте снова.",
      },
    },
  },
  en: {
    new: {
      open: "New batch",
      corrected: "Upload a corrected file",
      title: "New batch",
      from: "Clients from",
      source: { file: "File", table: "Database table" },
      table: "Table",
      tableHint: "schema.table; an administrator opens the schemas (BATCH_SCHEMAS)",
      wrongTable: "The name must look like schema.table",
      what: "What and where",
      own: "Where the table has columns product and channel, they count for each client.",
      campaignHint: "Goes into the links as utm_campaign. Without a campaign links stay without tags",
      wrongCampaign: "Letters, digits, space, dot, hyphen and underscore; begins with a letter or a digit",
      order: "Rows are checked first, then texts are written in the background.",
      act: "Start the batch",
    },
    file: {
      drop: "Drop a file of clients here, or choose one",
      hint: "csv, xlsx or parquet, up to a million rows. The first row holds the names of columns: client_id, age, gender…",
      another: "Choose another file",
      missing: "Choose a file of clients",
      empty: "The file “{{name}}” is empty",
      oldExcel:
        "Save a workbook of the old Excel, or one with a password, as .xlsx: “{{name}}” cannot be read",
      ending: "csv, xlsx, parquet or json is needed, not “{{name}}”",
      content: "The file “{{name}}” is no {{ending}} inside: save it again",
      large:
        "The file is larger than 2 GB: unless an administrator has raised the limit, the server refuses it",
    },
    upload: {
      name: "Sending the file",
      sent: "{{sent}} of {{size}} sent",
      taken: "The server takes the file in…",
      aloud: "{{share}} sent",
      stop: "Stop",
    },
    refusal: {
      said: "What the server says: {{words}}",
      broken: {
        title: "The file did not reach the server",
        advice:
          "The connection broke. If the file ({{size}}) is above the server's limit, split it; if it was changed after you chose it, choose it again. Otherwise press “Start the batch” again: it will not make two batches.",
      },
      "403": {
        title: "Your role may not start batches",
        advice: "Ask a marketer or an administrator.",
      },
      "409": {
        title: "This batch is being started already",
        advice: "Close the form and look at the list.",
      },
      "413": {
        title: "The file is too large",
        advice: "Its size is {{size}}. Split it or save it as parquet, which is several times smaller.",
      },
      "415": {
        title: "Such a file will not do",
        advice: "csv, xlsx, parquet or json is needed.",
      },
      "422": {
        title: "The batch was not started: something is not filled in right",
        advice: "Check what is marked and try again.",
      },
    },
  },
});
