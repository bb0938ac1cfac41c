import type { Promotion, Readiness, Run, RunInFull, Version, Versions } from "@/features/learning/queries";
import type { Decision, Metrics, Sample } from "@/features/learning/report";

// What the API answers in the component tests: a champion bred once, a run that made the next version.

export const RUN = "01a2a1c0-0000-7000-8000-000000000001";
const AT = "2026-11-20T09:00:00Z";

export function version(name: string, more: Partial<Version> = {}): Version {
  return {
    name,
    parent: null,
    weights: name,
    status: "retired",
    share: 0,
    learned_score: false,
    labels: null,
    metrics: {},
    counts: { texts: 0, labelled: 0, success: 0 },
    created_at: AT,
    promoted_at: null,
    ...more,
  };
}

const METRICS = {
  dataset: {
    labels: 612,
    success: 341,
    failure: 271,
    corrected: 58,
    train: 490,
    gold: 122,
    gold_clients: 61,
    offerings: 90,
    gold_offerings: 71,
    contradictions: 7,
    dropped: 12,
    hash: "9f2c41d07ab3e5",
  },
  score: {
    auroc: 0.86,
    ece: 0.032,
    brier: 0.152,
    brier_base: 0.247,
    labels: 612,
    bins: [
      { start: 0, end: 0.2, count: 18, confidence: 0.13, rate: 0.11 },
      { start: 0.2, end: 0.4, count: 24, confidence: 0.31, rate: 0.33 },
      { start: 0.4, end: 0.6, count: 21, confidence: 0.52, rate: 0.57 },
      { start: 0.6, end: 0.8, count: 29, confidence: 0.71, rate: 0.69 },
      { start: 0.8, end: 1, count: 30, confidence: 0.9, rate: 0.93 },
    ],
    likes: [
      { trait: "fact_first", words: "факт о клиенте в первом предложении", weight: 1.42 },
      { trait: "short", words: "до 120 знаков", weight: 0.88 },
      { trait: "benefit", words: "польза названа прямо", weight: 0.61 },
    ],
    dislikes: [
      { trait: "exclaim", words: "восклицательный знак", weight: -1.1 },
      { trait: "product:DC", words: "продукт DC", weight: -0.8 },
      { trait: "imperative", words: "повелительное наклонение в начале", weight: -0.7 },
    ],
  },
  tune: {
    tokens: 184_000,
    seconds: 312,
    loss: 1.204,
    held_out_before: 0.812,
    held_out_after: 0.774,
    accepted: 399,
    rejected: 271,
    skipped: null,
  },
  evaluate: { success: { champion: 0.524, ranked: 0.663, tuned: 0.741 } },
} satisfies Metrics;

const MADE = { success: METRICS.evaluate.success, auroc: METRICS.score.auroc };

const SAMPLE: Sample = {
  product: "DC",
  channel: "PUSH",
  tone: "friendly",
  facts: ["часто заправляет автомобиль", "50–59 лет"],
  champion:
    "Кошелёк отдыхает дома\nНа заправке не хочется искать кошелёк. С дебетовой картой хватит и телефона.",
  challenger: "Кошелёк отдыхает дома\nВы часто бываете на заправке. С дебетовой картой хватит и телефона.",
  preferred: "challenger",
};

const DECISION = {
  verdict: "win",
  summary: "Новая версия лучше. Доля успеха по отложенным меткам выше: 52.4% → 74.1%.",
  dimensions: [
    {
      name: "success",
      champion: 0.524,
      challenger: 0.741,
      low: 0.141,
      high: 0.292,
      verdict: "better",
      words: "Оценка успеха заметно выше.",
    },
    {
      name: "fidelity",
      champion: 0.982,
      challenger: 0.979,
      low: null,
      high: null,
      verdict: "same",
      words: "Факты переданы так же верно.",
    },
    {
      name: "likelihood",
      champion: 0.812,
      challenger: 0.774,
      low: null,
      high: null,
      verdict: "better",
      words: "Удачные тексты для неё привычнее.",
    },
    {
      name: "latency",
      champion: 31.2,
      challenger: 30.8,
      low: null,
      high: null,
      verdict: "same",
      words: "Токенов на текст, от чего зависит время: 31.2 → 30.8",
    },
    {
      name: "calibration",
      champion: null,
      challenger: 0.152,
      low: null,
      high: null,
      verdict: "same",
      words: "Уверенность стала вероятностью: ошибка Брайера 0.152",
    },
  ],
  wins: 148,
  losses: 61,
  ties: 31,
  p_value: 0.0000002,
  samples: [
    SAMPLE,
    {
      ...SAMPLE,
      product: "CC",
      channel: "SMS",
      tone: "neutral",
      facts: ["получает зарплату на карту"],
      champion: "Деньги до зарплаты не придётся считать по дням: с кредитной картой покупка не ждёт.",
      challenger: "Зарплата приходит вовремя, а покупки случаются раньше. Кредитная карта выручит.",
      preferred: "same",
    },
  ],
} satisfies Decision;

export function run(more: Partial<Run> = {}): Run {
  return {
    run_id: RUN,
    status: "running",
    stage: "tune",
    progress: 0.4,
    trigger: "person",
    author: "anna",
    options: { note: "после осенней разметки", learners: ["score", "tune"] },
    parent: "base-4",
    challenger: "base-4.1",
    decision: null,
    metrics: {},
    error: null,
    cancel_requested: false,
    attempts: 1,
    created_at: AT,
    started_at: AT,
    finished_at: null,
    ...more,
  };
}

export function runInFull(more: Partial<RunInFull> = {}): RunInFull {
  return {
    ...run(),
    stages: [
      { name: "freeze", finished_at: AT, seconds: 4, result: {} },
      { name: "score", finished_at: AT, seconds: 11, result: {} },
    ],
    log_tail: [
      { at: "2026-11-20T09:00:04Z", line: "612 меток, 7 противоречивых, 122 отложено" },
      { at: "2026-11-20T09:00:15Z", line: "AUROC 0.86, ECE 0.032" },
      { at: "2026-11-20T09:01:40Z", line: "шаг 120 из 600, ошибка 1.31" },
    ],
    ...more,
  };
}

export const AWAITING = {
  status: "awaiting_approval",
  stage: "gate",
  progress: 1,
  decision: DECISION as unknown as Run["decision"],
  metrics: METRICS,
  finished_at: "2026-11-20T09:12:00Z",
} satisfies Partial<Run>;

function promotion(more: Partial<Promotion>): Promotion {
  return {
    version: "base-4",
    former: null,
    share: 1,
    kind: "full",
    reason: "Поставлена вместе с системой",
    actor: "system",
    at: AT,
    ...more,
  };
}

export function versions(more: Partial<Versions> = {}): Versions {
  return {
    items: [
      version("base-4.1", {
        parent: "base-4",
        status: "candidate",
        learned_score: true,
        labels: 612,
        metrics: MADE,
      }),
      version("base-4", { status: "champion", share: 1, promoted_at: AT }),
    ],
    serving: { champion: "base-4", canary: null, share: 0, previous: null, problem: null },
    abilities: { score: true, tune: true, reason: null, worker: true },
    promotions: [promotion({})],
    ...more,
  };
}

/** base-4.1 has become the champion and base-4.2 is tried beside it; an earlier canary went by itself. */
export function canaryVersions(): Versions {
  const at = "2026-11-21T12:00:00Z";
  return versions({
    items: [
      version("base-4.3", {
        parent: "base-4.1",
        status: "canary",
        share: 0.1,
        learned_score: true,
        metrics: MADE,
        promoted_at: at,
      }),
      version("base-4.2", { parent: "base-4.1", status: "rejected", learned_score: true }),
      version("base-4.1", {
        parent: "base-4",
        status: "champion",
        share: 0.9,
        learned_score: true,
        metrics: MADE,
        promoted_at: AT,
      }),
      version("base-4"),
    ],
    serving: { champion: "base-4.1", canary: "base-4.3", share: 0.1, previous: "base-4.1", problem: null },
    promotions: [
      promotion({
        version: "base-4.3",
        former: "base-4.1",
        share: 0.1,
        kind: "canary",
        reason: "",
        actor: "anna",
        at,
      }),
      promotion({
        version: "base-4.1",
        former: "base-4.2",
        kind: "automatic_rollback",
        reason: "Неудач у пробной 14 из 25, у основной 9 из 60: p = 0,001",
        actor: "system",
        at: "2026-11-21T10:00:00Z",
      }),
      promotion({ version: "base-4.1", former: "base-4", reason: "Победила", actor: "policy" }),
      promotion({}),
    ],
  });
}

export function readiness(more: Partial<Readiness> = {}): Readiness {
  return {
    ready: true,
    missing: [],
    least: 30,
    labels: { success: 341, failure: 271, corrected: 58 },
    new_labels: { success: 40, failure: 22, corrected: 5 },
    last_run_at: AT,
    going: null,
    automatic: {
      after_labels: 200,
      every_hours: 0,
      promotion: "person",
      canary_share: 0.1,
      canary_labels: 40,
      next_at: null,
    },
    abilities: { score: true, tune: true, reason: null, worker: true },
    ...more,
  };
}

/** The success rates of the versions, as the quality page counts them. */
export const RATES = {
  by: "model_version",
  total: { texts: 900, labelled: 180, success: 120, rate: 0.667, low: 0.6, high: 0.73 },
  groups: [
    {
      key: "base-4",
      name: "base-4",
      texts: 700,
      labelled: 120,
      success: 66,
      rate: 0.55,
      low: 0.46,
      high: 0.64,
    },
    {
      key: "base-4.1",
      name: "base-4.1",
      texts: 500,
      labelled: 112,
      success: 87,
      rate: 0.777,
      low: 0.69,
      high: 0.84,
    },
    {
      key: "base-4.3",
      name: "base-4.3",
      texts: 60,
      labelled: 24,
      success: 20,
      rate: 0.833,
      low: 0.64,
      high: 0.93,
    },
  ],
};
