"""Tell the story of the study in one page.

INPUTS   results/<study>/summary.json, results/<study>/figures/{bkg}/*.svg and *.png
OUTPUTS  results/<study>/report.html
"""


rule write_report:
    """Write the report: one page with all tables and figures, which opens without a network."""
    input:
        summary=rules.summarise.output.summary,
        figures=[
            expand(path, bkg=BACKGROUNDS, method=METHODS)
            for drawn in (
                rules.plot_samples,
                rules.plot_training,
                rules.plot_metrics,
                rules.plot_fits,
                rules.plot_categories,
            )
            for path in drawn.output
            if path.endswith((".svg", ".png"))
        ],
        template=f"{workflow.basedir}/scripts/unsculpt/templates/report.html.j2",
    output:
        html=f"{RESULTS}/report.html",
    log:
        f"{LOGS}/write_report.log",
    benchmark:
        f"{BENCHMARKS}/write_report.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=5),
    params:
        methods=lookup(within=config, dpath="methods"),
        seed=lookup(within=config, dpath="seed"),
        code=code_digest("write_report"),
    message:
        "Writing the report"
    script:
        "../scripts/write_report.py"
