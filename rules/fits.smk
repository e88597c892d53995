"""The stage `fits`: fit the falling background, extrapolate it into the signal window, and see how much signal the function fakes.

INPUTS   results/<study>/events/{bkg}.parquet, results/<study>/scores/{bkg}/{method}.parquet,
         results/<study>/metrics/{bkg}/{method}.json and working_point.json for the figures
OUTPUTS  results/<study>/fits/{bkg}/initial.json, results/<study>/fits/{bkg}/{method}/{tag}.json,
         and beside each the plain HistFactory workspace initial_workspace.json or {tag}_workspace.json, with a README.txt;
         results/<study>/figures/{bkg}/fit_*
"""


rule fit_initial:
    """Fit the sidebands, and find the spurious signal, before any cut on a score: when nothing sculpts the background."""
    input:
        events=rules.merge_events.output.events,
    output:
        fit=f"{RESULTS}/fits/{{bkg}}/initial.json",
        workspace=f"{RESULTS}/fits/{{bkg}}/initial_workspace.json",
        readme=f"{RESULTS}/fits/{{bkg}}/README.txt",
    log:
        f"{LOGS}/fit_initial/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/fit_initial/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        mass=lookup(within=config, dpath="mass"),
        fit=lookup(within=config, dpath="fit"),
        code=code_digest("fit_initial"),
    message:
        "Fitting the sidebands of {wildcards.bkg} before any cut"
    script:
        "../scripts/fit_initial.py"


rule fit_sidebands:
    """Fit the sidebands after the cut: extrapolated yield in the window with its error, and the spurious signal."""
    input:
        events=rules.merge_events.output.events,
        scores=SCORES,
        metrics=rules.measure_methods.output.metrics,
    output:
        fit=FITS,
        workspace=f"{RESULTS}/fits/{{bkg}}/{{method}}/{{tag}}_workspace.json",
    log:
        f"{LOGS}/fit_sidebands/{{bkg}}/{{method}}/{{tag}}.log",
    benchmark:
        f"{BENCHMARKS}/fit_sidebands/{{bkg}}/{{method}}/{{tag}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        mass=lookup(within=config, dpath="mass"),
        fit=lookup(within=config, dpath="fit"),
        code=code_digest("fit_sidebands"),
    message:
        "Fitting the sidebands of {wildcards.bkg} after {wildcards.method} at strength {wildcards.tag}"
    script:
        "../scripts/fit_sidebands.py"


rule plot_fits:
    """Draw the sideband fits, extrapolated through the window, before and after the cuts."""
    input:
        initial=rules.fit_initial.output.fit,
        fits=[
            expand(rules.fit_sidebands.output.fit, method=method, tag=tag, allow_missing=True)
            for method, tag in points()
        ],
        working_point=WORKING_POINT,
        style=STYLE,
    output:
        **({"injection": figure("injection", "Fits")} if config["fit"]["injection"] else {}),
        fit_initial=figure("fit_initial", "Fits"),
        fit_nn=figure("fit_nn", "Fits"),
        fit_chosen=figure("fit_chosen", "Fits"),
    log:
        f"{LOGS}/plot_fits/{{bkg}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_fits/{{bkg}}.tsv"
    conda:
        "../envs/unsculpt.yaml"
    threads: 1
    resources:
        **scaled(mem_mb=1000, minutes=10),
    params:
        study=STUDY,
        code=code_digest("plot_fits"),
    message:
        "Drawing the sideband fits of {wildcards.bkg}"
    script:
        "../scripts/plot_fits.py"


SUMMARISED |= {"initial": expand(rules.fit_initial.output.fit, bkg=BACKGROUNDS), "fits": of_each_point(FITS)}
