import type { ReactNode } from "react";
import classes from "./preview.module.css";

/** The upper part of a phone with a conversation in it. */
export function Phone({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={classes.phone}>
      <div className={classes.talk}>
        <span className={classes.face} aria-hidden>
          {initial(title)}
        </span>
        <span className={classes.who}>{title}</span>
      </div>
      <div className={classes.screen}>{children}</div>
    </div>
  );
}

/** The letter that stands for a name: its first one, quotation marks and legal forms aside. */
export function initial(name: string): string {
  const quoted = name.match(/«([^»]+)»/)?.[1] ?? name;
  return (quoted.match(/\p{L}/u)?.[0] ?? "").toUpperCase();
}
