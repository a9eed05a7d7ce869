/// The style sheet of the HTML report.
///
/// Algorithms have the colours of Okabe & Ito, told apart with any colour vision; in dark they are
/// lighter. What belongs to the value network is vermilion in all pictures.
enum ReportStyle {
    static let sheet = light + dark + page + pictures

    private static let light = """
        :root {
          --paper: #ffffff; --ink: #1b1e23; --quiet: #5c6470; --rule: #dfe3e8; --faint: #f5f6f8;
          --grpo: #0072b2; --ppo-separate: #d55e00; --ppo-shared: #b97f00; --rloo: #00825e;
          --reinforce: #b0568a;
          --first: #0b4f7d; --second: #3f8cbf; --third: #8dbfe0; --fourth: #b9c0c9;
          --fifth: #8a93a0;
          --value: #d55e00; --value-light: #f0a468;
        }

        """

    private static let dark = """
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #14171b; --ink: #e6e8eb; --quiet: #9aa3af; --rule: #2d333b; --faint: #1b1f25;
            --grpo: #56b4e9; --ppo-separate: #f28544; --ppo-shared: #e6b422; --rloo: #2cc39b;
            --reinforce: #df96c0;
            --first: #9fd0f2; --second: #4f9fd3; --third: #2a6591; --fourth: #59626d;
            --fifth: #8a93a0;
            --value: #f28544; --value-light: #9c5526;
          }
        }

        """

    private static let page = """
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
        main { max-width: 52rem; margin: 0 auto; padding: 3rem 1.25rem 5rem; }
        h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .75rem; }
        h2 { font-size: 1.2rem; margin: 3rem 0 .75rem; }
        .lead, figcaption, summary { color: var(--quiet); }
        figure { margin: 1rem 0 .25rem; }
        figcaption, summary, table { font-size: .875rem; }
        summary { cursor: pointer; }
        .table { overflow-x: auto; margin: .75rem 0; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--rule);
          text-align: left; vertical-align: top; }
        thead th { color: var(--quiet); font-weight: 500; }
        tbody th { font-weight: 500; white-space: nowrap; }
        .missing { color: var(--quiet); font-style: italic; }
        .findings > div { display: grid; grid-template-columns: 8rem 1fr; gap: .2rem 1.25rem;
          padding: .9rem 0; border-top: 1px solid var(--rule); }
        .findings dt { grid-column: 2; grid-row: 1; font-weight: 600; }
        .findings dd { grid-column: 2; margin: 0; color: var(--quiet); }
        .findings .verdict { grid-column: 1; grid-row: 1; font-size: .875rem; line-height: 1.77; }
        .findings .verdict::before { content: "○ "; }
        .supported .verdict { color: var(--rloo); }
        .supported .verdict::before { content: "● "; }
        .not-supported .verdict { color: var(--ppo-separate); }
        .not-supported .verdict::before { content: "✕ "; }
        @media (max-width: 36rem) {
          .findings > div { display: block; }
        }

        """

    private static let pictures = """
        svg { display: block; width: 100%; height: auto; }
        svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
          fill: var(--ink); font-variant-numeric: tabular-nums; }
        svg .tick, svg .legend { fill: var(--quiet); }
        svg .value { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
        .grid, .axis { stroke: var(--rule); stroke-width: 1; }
        .axis { stroke: var(--quiet); }
        .line { fill: none; stroke: var(--own); stroke-width: 2; stroke-linejoin: round; }
        .band { fill: var(--own); fill-opacity: .12; stroke: none; }
        .leader { stroke: var(--own); stroke-width: 1; stroke-opacity: .6; }
        .dot, .swatch, .bar { fill: var(--own); }
        .bar { stroke: var(--paper); stroke-width: 1; }
        .whisker { stroke: var(--grpo); stroke-width: 2; }
        .mark { fill: var(--grpo); stroke: var(--paper); stroke-width: 1.5; }
        .algorithm-grpo { --own: var(--grpo); }
        .algorithm-ppo-separate { --own: var(--ppo-separate); }
        .algorithm-ppo-shared { --own: var(--ppo-shared); }
        .algorithm-rloo { --own: var(--rloo); }
        .algorithm-reinforce { --own: var(--reinforce); }
        .line.algorithm-ppo-shared, .line.algorithm-rloo { stroke-dasharray: 7 3; }
        .part-sampling, .part-weights { --own: var(--first); }
        .part-training, .part-optimizer { --own: var(--second); }
        .part-reference, .part-gradients { --own: var(--third); }
        .part-scoring, .part-activations { --own: var(--fourth); }
        .part-other { --own: var(--fifth); }
        .part-values { --own: var(--value-light); }
        .part-value-training, .part-value-network { --own: var(--value); }

        """
}
