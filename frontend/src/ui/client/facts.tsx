import classes from "./facts.module.css";

/** What a text builds on, in words. */
export function Facts({ facts }: { facts: readonly string[] }) {
  return (
    <ul className={classes.facts}>
      {facts.map((fact) => (
        <li key={fact} className={classes.fact}>
          {fact}
        </li>
      ))}
    </ul>
  );
}
