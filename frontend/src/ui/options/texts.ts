import { addTexts } from "@/i18n";

addTexts("options", {
  ru: {
    product: "Продукт",
    auto: "Лучший для клиента",
    autoHint: "Продукт выберет система и объяснит почему",
    chooseProduct: "Выберите продукт",
    chooseChannel: "Выберите канал",
    channel: "Канал",
    tone: "Тон",
    variants: "Вариантов",
    conditions: "Условия продукта",
    conditionsKind: { none: "Без цифр", full: "Полные" },
    conditionsHint: "Полные условия берутся из карточки продукта: закон требует называть их вместе",
  },
  en: {
    product: "Product",
    auto: "Best for the client",
    autoHint: "The system chooses the product and says why",
    chooseProduct: "Choose a product",
    chooseChannel: "Choose a channel",
    channel: "Channel",
    tone: "Tone",
    variants: "Variants",
    conditions: "Product conditions",
    conditionsKind: { none: "No figures", full: "In full" },
    conditionsHint: "Full conditions come from the product's card: the law wants them named together",
  },
});
