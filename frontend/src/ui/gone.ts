import { type RefObject, useEffect, useRef } from "react";

/** Whether the place has left the screen: what comes back then is said elsewhere. */
export function useGone(): RefObject<boolean> {
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  return gone;
}
