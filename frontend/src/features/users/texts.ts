import { addTexts } from "@/i18n";

addTexts("users", {
  ru: {
    username: "Имя пользователя",
    password: "Пароль",
    signIn: "Войти",
    welcome: "Вход в OfferLoop",
    promise: "Персональные предложения банка: по закону, за секунды, с обучением на ваших оценках.",
    again: "Сеанс закончился",
    againHint: "Войдите ещё раз: то, что вы ввели на странице, не пропадёт.",
  },
  en: {
    username: "User name",
    password: "Password",
    signIn: "Sign in",
    welcome: "Sign in to OfferLoop",
    promise: "Personal offers of a bank: lawful, within seconds, learning from your judgement.",
    again: "Your session has ended",
    againHint: "Sign in again: nothing that you typed on the page is lost.",
  },
});
