"""Sum up a study of generators or of inference, and tell its story on one page; its own rules stand in rules/<wing>.smk.

These rules leave `MEASURED`, the JSON files with the numbers, and `DRAWN`, the rules of figures with their wildcards.

INPUTS   results/<study>/<...>.json of MEASURED, results/<study>/figures/*.svg and *.png
OUTPUTS  results/<study>/summary.json and headline.txt, results/<study>/tables/, results/<study>/report.html
"""


rule summarise_wing:
    """Gather the numbers of the study in one file, and the most important ones in a few lines."""
    input:
        config=rules.write_config.output.config,
        measured=MEASURED,
    output:
        summary=f"{RESULTS}/summary.json",
        headline=f"{RESULTS}/headline.txt",
        tables=directory(f"{RESULTS}/tables"),
    log:
        f"{LOGS}/summarise_wing.log",
    benchmark:
        f"{BENCHMARKS}/summarise_wing.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=500, minutes=5),
    params:
        wing=WING,
        code=code_digest("summarise_wing"),
    message:
        "Summarising the study"
    script:
        "../scripts/summarise_wing.py"


rule write_wing_report:
    """Write the report: one page with all tables and figures, which opens without a network."""
    input:
        summary=rules.summarise_wing.output.summary,
        config=rules.write_config.output.config,
        workflow=rules.draw_workflow.output.workflow[2],
        figures=[
            expand(path, **names) for drawn, names in DRAWN for path in drawn.output if path.endswith((".svg", ".png"))
        ],
        templates=templates("wing.html.j2"),
    output:
        html=f"{RESULTS}/report.html",
    log:
        f"{LOGS}/write_wing_report.log",
    benchmark:
        f"{BENCHMARKS}/write_wing_report.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=5),
    params:
        wing=WING,
        seed=lookup(within=config, dpath="seed"),
        benchmarks=BENCHMARKS,
        code=code_digest("write_wing_report"),
    message:
        "Writing the report"
    script:
        "../scripts/write_wing_report.py"


PRODUCTS = [rules.write_wing_report.output.html, rules.summarise_wing.output]
