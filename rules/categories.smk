"""The stage `categories`: find the best categories, choose the working point, and combine its categories in one fit.

INPUTS   results/<study>/events/{bkg}.parquet, results/<study>/scores/{bkg}/{method}.parquet,
         results/<study>/metrics/{bkg}/{method}.json, results/<study>/fits/{bkg}/{method}/{tag}.json
OUTPUTS  results/<study>/categories/{bkg}.json, results/<study>/metrics/{bkg}/working_point.json,
         results/<study>/categories/{bkg}/combined.json, workspace.json and README.txt,
         results/<study>/figures/{bkg}/categories.*, significance.* and scan.*
"""


rule choose_categories:
    """Find the best score boundaries of every point, and take the most sensitive point that qualifies."""
    input:
        events=rules.merge_events.output.events,
        scores=expand(SCORES, method=METHODS, allow_missing=True),
        metrics=expand(rules.measure_methods.output.metrics, method=METHODS, allow_missing=True),
        fits=[
            expand(rules.fit_sidebands.output.fit, method=method, tag=tag, allow_missing=True)
            for method, tag in points()
        ],
    output:
        table=f"{RESULTS}/categories/{{bkg}}.json",
        working_point=WORKING_POINT,
    log:
        f"{LOGS}/choose_categories/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/choose_categories/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=4000, minutes=30),
    params:
        mass=lookup(within=config, dpath="mass"),
        channels=lookup(within=config, dpath="channels", labels=True),
        methods=METHODS,
        metrics=lookup(within=config, dpath="metrics"),
        fit=lookup(within=config, dpath="fit"),
        working_point=lookup(within=config, dpath="working_point"),
        categories=lookup(within=config, dpath="categories"),
        blind=lookup(within=config, dpath="blind"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("choose_categories"),
    message:
        "Choosing the working point and the categories against {wildcards.bkg}"
    script:
        "../scripts/choose_categories.py"


rule fit_categories:
    """Fit all categories together: expected significance and limit, and a workspace that stock pyhf loads."""
    input:
        table=rules.choose_categories.output.table,
    output:
        combined=f"{RESULTS}/categories/{{bkg}}/combined.json",
        workspace=f"{RESULTS}/categories/{{bkg}}/workspace.json",
        readme=f"{RESULTS}/categories/{{bkg}}/README.txt",
    log:
        f"{LOGS}/fit_categories/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/fit_categories/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1500, minutes=30),
    params:
        mass=lookup(within=config, dpath="mass"),
        statistics=lookup(within=config, dpath="statistics"),
        blind=lookup(within=config, dpath="blind"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("fit_categories"),
    message:
        "Combining the categories against {wildcards.bkg}"
    script:
        "../scripts/fit_categories.py"


rule plot_categories:
    """Draw the final categories with their fits, the significance of each, and the scan of the signal strength."""
    input:
        table=rules.choose_categories.output.table,
        combined=rules.fit_categories.output.combined,
        style=STYLE,
    output:
        categories=figure("categories", "Categories"),
        significance=figure("significance", "Categories"),
        scan=figure("scan", "Categories"),
    log:
        f"{LOGS}/plot_categories/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_categories/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        code=code_digest("plot_categories"),
    message:
        "Drawing the categories against {wildcards.bkg}"
    script:
        "../scripts/plot_categories.py"


SUMMARISED |= {
    "categories": expand(rules.choose_categories.output.table, bkg=BACKGROUNDS),
    "combined": expand(rules.fit_categories.output.combined, bkg=BACKGROUNDS),
}
