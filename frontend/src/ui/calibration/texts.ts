import { addTexts } from "@/i18n";

addTexts("calibration", {
  ru: {
    chart: "Средняя уверенность и доля успеха; на диагонали они равны",
    confidence: "Уверенность",
    share: "Доля успеха",
    ece: "В среднем уверенность расходится с долей успеха на {{points}} п. п. (ECE {{ece}}).",
    over: "Она завышена: обещает {{confidence}}, а удачны {{rate}}.",
    under: "Она занижена: обещает {{confidence}}, а удачны {{rate}}.",
    even: "В целом не завышена и не занижена.",
    better:
      "Ошибка Брайера {{brier}}: меньше, чем если всегда отвечать общей долей успеха ({{base}}), значит, уверенность различает тексты.",
    worse:
      "Ошибка Брайера {{brier}}: не меньше, чем если всегда отвечать общей долей успеха ({{base}}). По отдельному тексту уверенности верить рано.",
    legend: "Точка на диагонали — уверенность честна. Чем больше точка, тем больше меток.",
    bin: "Уверенность от {{from}} до {{to}}",
    mean: "Средняя уверенность: {{confidence}}",
    count: "Меток: {{shown}}",
    rate: "Доля успеха: {{rate}}",
    interval: "Интервал 95 %: {{interval}}",
  },
  en: {
    chart: "Mean confidence and success rate; on the diagonal they are equal",
    confidence: "Confidence",
    share: "Success rate",
    ece: "On average the confidence is {{points}} pp away from the success rate (ECE {{ece}}).",
    over: "It is too high: it promises {{confidence}}, and {{rate}} succeed.",
    under: "It is too low: it promises {{confidence}}, and {{rate}} succeed.",
    even: "Overall neither too high nor too low.",
    better:
      "Brier score {{brier}}: less than always answering the overall success rate ({{base}}), so the confidence tells texts apart.",
    worse:
      "Brier score {{brier}}: no less than always answering the overall success rate ({{base}}). Do not trust it for a single text yet.",
    legend: "A dot on the diagonal: the confidence is honest. The larger the dot, the more labels.",
    bin: "Confidence from {{from}} to {{to}}",
    mean: "Mean confidence: {{confidence}}",
    count: "Labels: {{shown}}",
    rate: "Success rate: {{rate}}",
    interval: "95% interval: {{interval}}",
  },
});
