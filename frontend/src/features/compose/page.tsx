import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "@/app/session";
import { Page } from "@/ui/page";
import { Composer } from "./composer";
import classes from "./page.module.css";
import { Results } from "./results";
import "./texts";
import { useDesk } from "./use-desk";

const NARROW = "(max-width: 63.99em)";

export function ComposePage() {
  const me = useMe();
  // one tab may serve two people one after the other: nobody finds what the other one typed
  return me && <ComposeDesk key={me.id} userId={me.id} mayLabel={me.role !== "service"} />;
}

function ComposeDesk({ userId, mayLabel }: { userId: string; mayLabel: boolean }) {
  const { t } = useTranslation("compose");
  const results = useRef<HTMLDivElement>(null);
  const desk = useDesk(userId, () => {
    // where the texts stand below the form, the answer would come unseen
    if (window.matchMedia(NARROW).matches) results.current?.scrollIntoView({ block: "start" });
  });
  return (
    <Page title={t("title")} hint={t("hint")} wide>
      <div className={classes.desk}>
        <Composer desk={desk} />
        <div ref={results} className={classes.results}>
          <Results desk={desk} mayLabel={mayLabel} />
        </div>
      </div>
    </Page>
  );
}
