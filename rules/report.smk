"""Tell the story of the study: one page, its tables for papers and spreadsheets, and the folder of a publication.

INPUTS   results/<study>/summary.json, results/<study>/figures/{bkg}/*.svg and *.png,
         results/<study>/metrics/{bkg}/{method}.json,
         results/<study>/fits/{bkg}/{method}/{tag}.json if there are fits
OUTPUTS  results/<study>/report.html, results/<study>/tables/*.csv and *.tex, results/<study>/tables/{bkg}/*.csv and *.tex,
         results/<study>/hepdata/
"""

from unsculpt import stages, tables

TABLES = [*stages.kept(tables.BACKGROUND, "tables", STAGES), *map(tables.of_ranges, config["ranges"])]
TABLES += [name for name, key in tables.ASKED.items() if config[key]]
TABLES += ["autoencoders"] if methods.autoencoders(config) else []


rule write_tables:
    """Write the tables of the whole study: samples and cut flow."""
    input:
        summary=rules.summarise.output.summary,
    output:
        expand(f"{RESULTS}/tables/{{name}}.{{suffix}}", name=tables.STUDY, suffix=("csv", "tex")),
    log:
        f"{LOGS}/write_tables.log",
    benchmark:
        f"{BENCHMARKS}/write_tables.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=500, minutes=5),
    params:
        code=code_digest("write_tables"),
    message:
        "Writing the tables of the study"
    script:
        "../scripts/write_tables.py"


rule write_background_tables:
    """Write the tables of one background hypothesis: points, sculpting and, where the study has them, fits and categories."""
    input:
        summary=rules.summarise.output.summary,
    output:
        expand(f"{RESULTS}/tables/{{{{bkg}}}}/{{name}}.{{suffix}}", name=TABLES, suffix=("csv", "tex")),
    log:
        f"{LOGS}/write_background_tables/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/write_background_tables/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=500, minutes=5),
    params:
        methods=lookup(within=config, dpath="methods", labels=True),
        code=code_digest("write_tables"),
    message:
        "Writing the tables of {wildcards.bkg}"
    script:
        "../scripts/write_tables.py"


rule write_report:
    """Write the report: one page with all tables and figures, which opens without a network."""
    input:
        summary=rules.summarise.output.summary,
        config=rules.write_config.output.config,
        metrics=[expand(rules.measure_methods.output.metrics, method=method, bkg=BACKGROUNDS) for method in METHODS],
        fits=fits_if_any(),
        workflow=rules.draw_workflow.output.workflow[2],
        figures=[
            expand(path, bkg=BACKGROUNDS, **names)
            for drawn, names in (
                *OPTIONAL,
                (rules.plot_samples, {}),
                (rules.plot_training, {"method": NETWORKS + TREES}),
                (rules.plot_weighting, {"method": REWEIGHTED}),
                (rules.plot_posterior, {"method": ADVERSARIES}),
                (rules.plot_metrics, {}),
                (rules.plot_maps, {"method": TRANSFORMS}),
                *((getattr(rules, f"plot_{stage}"), {}) for stage in STAGES),
            )
            for path in drawn.output
            if path.endswith((".svg", ".png"))
        ]
        + [path for path in RECONSTRUCTED if path.endswith((".svg", ".png"))],
        templates=templates("report.html.j2", "explorer.js"),
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
        methods=lookup(within=config, dpath="methods", labels=True),
        mass=lookup(within=config, dpath="mass"),
        seed=lookup(within=config, dpath="seed"),
        benchmarks=BENCHMARKS,
        code=code_digest("write_report"),
    message:
        "Writing the report"
    script:
        "../scripts/write_report.py"


rule write_hepdata:
    """Write the folder that a submission to HEPData needs: selections, divergences, spectra, categories."""
    input:
        summary=rules.summarise.output.summary,
        metrics=rules.write_report.input.metrics,
        fits=rules.write_report.input.fits,
    output:
        hepdata=directory(f"{RESULTS}/hepdata"),
    log:
        f"{LOGS}/write_hepdata.log",
    benchmark:
        f"{BENCHMARKS}/write_hepdata.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=5),
    params:
        methods=lookup(within=config, dpath="methods", labels=True),
        unit=lookup(within=config, dpath="mass/unit", labels=True),
        code=code_digest("write_hepdata"),
    message:
        "Writing the HEPData folder"
    script:
        "../scripts/write_hepdata.py"
