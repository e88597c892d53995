"""Write down what was run: the resolved configuration, and the rules that a study of this kind has.

OUTPUTS  results/<study>/config.yaml, results/<study>/figures/workflow.*
"""


rule write_config:
    """Write the resolved configuration: every key of the study with its value, defaults included."""
    output:
        config=f"{RESULTS}/config.yaml",
    log:
        f"{LOGS}/write_config.log",
    benchmark:
        f"{BENCHMARKS}/write_config.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=500, minutes=5),
    params:
        config=config,
        code=code_digest("write_config"),
    message:
        "Writing the configuration"
    script:
        "../scripts/write_config.py"


rule draw_workflow:
    """Draw the rules of the study and what they need of each other."""
    input:
        config=rules.write_config.output.config,
        style=STYLE,
    output:
        workflow=multiext(f"{RESULTS}/figures/workflow", ".pdf", ".png", ".svg"),
    log:
        f"{LOGS}/draw_workflow.log",
    benchmark:
        f"{BENCHMARKS}/draw_workflow.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=5),
    params:
        snakefile=workflow.main_snakefile,
        rules=of_wildcards(lambda wildcards: sorted(rule.name for rule in workflow.rules)),  # those that follow, too
        code=code_digest("draw_workflow"),
    message:
        "Drawing the workflow"
    script:
        "../scripts/draw_workflow.py"
