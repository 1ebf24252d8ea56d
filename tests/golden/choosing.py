#!/usr/bin/env python3
"""What `lbctl lint` leaves out, and on whose word: options, .lbctl.toml, comments, baselines; and which files it takes.

usage: choosing.py LBCTL [NAME...]

Every function test_* holds one behaviour, in a folder of its own. With names only these are run.
"""
import json
import os
import pty
import select
import signal
import stat
import subprocess
import sys
import tempfile
import time

LBCTL = os.path.abspath(sys.argv[1])
INSTANCE = """vrrp_instance web {
    interface eth0
    virtual_router_id 9
    priority 300
    prioritty 5
    virtual_ipaddress {
        10.0.8.5
    }
}
"""


def write(name, text, mode="w"):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, mode, **({} if "b" in mode else {"encoding": "utf-8"})) as file:
        file.write(text)


def run(*words, expect=None, **options):
    done = subprocess.run([LBCTL, *words], capture_output=True, timeout=120, stdin=subprocess.DEVNULL, **options)
    assert done.returncode in ((0, 1, 2) if expect is None else (expect,)), (words, done.returncode, done.stderr.decode())
    return done


def lint(*words, expect=None):
    """The findings as (file, line, rule, severity)."""
    done = run("lint", "--format", "json", *words, expect=expect)
    return [(os.path.basename(f["file"]), f["line"], f["rule"], f["severity"]) for f in json.loads(done.stdout)["findings"]]


def rules(*words, expect=None):
    return [rule for _, _, rule, _ in lint(*words, expect=expect)]


def same(found, wanted):
    assert found == wanted, f"found {found}, wanted {wanted}"


# Options.

def test_select_leaves_only_the_rules_and_families_named():
    write("a.conf", INSTANCE)
    same(rules("a.conf", expect=1), ["out-of-range", "unknown-keyword"])
    same(rules("--select", "unknown-keyword", "a.conf"), ["unknown-keyword"])
    same(rules("--select", "values,lvs", "a.conf"), ["out-of-range"])
    same(rules("--select", "lvs", "a.conf", expect=0), [])


def test_ignore_takes_rules_out_and_the_name_of_a_rule_counts_more_than_its_family():
    write("a.conf", INSTANCE)
    same(rules("--ignore", "values", "a.conf"), ["unknown-keyword"])
    same(rules("--select", "out-of-range", "--ignore", "values", "a.conf"), ["out-of-range"])
    same(rules("--select", "values", "--ignore", "out-of-range", "a.conf"), [])


def test_severity_changes_what_is_told_and_the_exit_but_not_what_apply_refuses():
    write("a.conf", INSTANCE)
    words = ("--severity", "structure=warning", "--severity", "unknown-keyword=info", "--severity", "values=info")
    same([severity for *_, severity in lint(*words, "a.conf", expect=0)], ["info", "info"])
    write(".lbctl.toml", 'ignore = ["structure", "values"]\n')
    same(rules("a.conf", expect=0), [])
    done = run("apply", "--dry-run", "a.conf", expect=2)
    assert b"out-of-range" in done.stderr, done.stderr


def test_a_wrong_name_is_an_error_with_a_suggestion():
    for words in (["--select", "unknown-keywrd"], ["--ignore", "unknown-keywrd"], ["--severity", "unknown-keywrd=info"]):
        done = run("lint", *words, os.devnull, expect=2)
        assert b"did you mean `unknown-keyword'" in done.stderr, done.stderr
    assert b"did you mean `warning'" in run("lint", "--severity", "lvs=wraning", os.devnull, expect=2).stderr


# .lbctl.toml.

def test_settings_are_those_of_the_nearest_file_above_each_configuration():
    write(".lbctl.toml", 'ignore = ["values"]\n')
    write("one/a.conf", INSTANCE)
    write("two/.lbctl.toml", 'select = ["values"]\n[severity]\nvalues = "info"\n')
    write("two/deep/b.conf", INSTANCE)
    same(lint("one/a.conf", "two/deep/b.conf"),
         [("a.conf", 5, "unknown-keyword", "error"), ("b.conf", 4, "out-of-range", "info")])
    same(rules("--no-config", "one/a.conf"), ["out-of-range", "unknown-keyword"])
    same(rules("--config", "two/.lbctl.toml", "one/a.conf"), ["out-of-range"])


def test_the_command_line_counts_more_than_the_settings():
    write(".lbctl.toml", 'select = ["values"]\nfail-on = "error"\ntarget-version = "2.2.7"\n[severity]\nout-of-range = "info"\n')
    write("a.conf", INSTANCE)
    same(lint("a.conf", expect=0), [("a.conf", 4, "out-of-range", "info")])
    same(rules("--select", "structure", "a.conf"), ["unknown-keyword"])
    same(lint("--severity", "out-of-range=warning", "a.conf", expect=0), [("a.conf", 4, "out-of-range", "warning")])
    run("lint", "--severity", "out-of-range=warning", "--fail-on", "warning", "a.conf", expect=1)


def test_rules_are_ignored_in_the_files_of_a_pattern():
    write(".lbctl.toml", '[per-file-ignores]\n"old/*" = ["values"]\n"b*.conf" = ["unknown-keyword"]\n')
    write("old/a.conf", INSTANCE)
    write("new/b1.conf", INSTANCE)
    same(lint("old/a.conf", "new/b1.conf"),
         [("a.conf", 5, "unknown-keyword", "error"), ("b1.conf", 4, "out-of-range", "error")])


def test_parameters_and_release_come_from_the_settings():
    write(".lbctl.toml", 'target-version = "2.0.7"\n[define]\nPRIORITY = "300"\n')
    write("a.conf", INSTANCE.replace("    prioritty 5\n", "").replace("300", "$PRIORITY"))
    same(rules("a.conf"), ["out-of-range"])
    write("b.conf", "vrrp_track_process p {\n    process x\n}\n")
    first = rules("b.conf")
    assert first != rules("--target-version", "2.4.3", "b.conf"), first


def test_mistakes_in_the_settings_are_findings_in_their_place():
    write("a.conf", "vrrp_instance a {\n}\n")
    cases = [
        ('select = ["lvs"\nx', None),
        ('[::1]\n', (1, 2, "none of the settings counts")),
        ('ignor = ["lvs"]\n', (1, 1, "did you mean `ignore'")),
        ('# x\nignore = ["lvs", "unknown-keywrd"]\n', (2, 18, "did you mean `unknown-keyword'")),
        ('host = "yes"\n', (1, 8, "")),
        ('ignore = "lvs"\n', (1, 10, "")),
        ('ignore = [1]\n', (1, 11, "")),
        ('fail-on = "fatal"\n', (1, 11, "")),
        ('[severity]\nlvs = 3\n', (2, 7, "")),
        ('[severity]\nlsv = "info"\n', (2, 1, "did you mean `lvs'")),
        ('target-version = "9.9.9"\n', (1, 18, "")),
        ('baseline = true\n', (1, 12, "")),
        ('define = 3\n', (1, 10, "")),
        ('per-file-ignores = []\n', (1, 20, "")),
    ]
    for text, wanted in cases:
        write(".lbctl.toml", text)
        done = run("lint", "--format", "json", "a.conf", expect=1)
        found = [f for f in json.loads(done.stdout)["findings"] if f["rule"] == "bad-settings"]
        assert len(found) == 1 and found[0]["file"].endswith(".lbctl.toml"), (text, found)
        if wanted:
            line, column, hint = wanted
            same((text, found[0]["line"], found[0]["column"]), (text, line, column))
            assert hint in found[0]["hint"], (text, found[0])


def test_hostile_settings_are_refused_in_bounded_time():
    write("a.conf", "")
    for text in (b"\0", b"\xff\xfe", b"a." * 100_000 + b"a = 1", b"a = " + b"[" * 50_000, b"a = " + b"{b = " * 10_000,
                 b"[[a]]\n" * 10_000, b"select = [" + b'"lvs", ' * 7000 + b"]", b"[" + b"a." * 1999 + b"a]\n" + b"b = 1",
                 b"x" * 200_000, b'"' * 60_000, b"'''" + b"\n" * 60_000):
        write(".lbctl.toml", text, "wb")
        begin = time.monotonic()
        run("lint", "a.conf")
        assert time.monotonic() - begin < 30, text[:20]
    os.remove(".lbctl.toml")
    os.mkdir(".lbctl.toml")
    run("lint", "a.conf", expect=2)


# Comments.

def test_a_comment_holds_for_its_line_and_only_for_the_rules_that_it_names():
    write("a.conf", INSTANCE.replace("300", "300  # lbctl: ignore[out-of-range] as agreed"))
    same(rules("a.conf"), ["unknown-keyword"])
    write("a.conf", INSTANCE.replace("300", "300  ! lbctl: ignore[values, unknown-keyword]"))
    same(rules("a.conf"), ["unused-suppression", "unknown-keyword"])


def test_a_comment_alone_on_its_line_holds_for_the_line_below():
    write("a.conf", INSTANCE.replace("    priority", "    # lbctl: ignore[out-of-range]\n    # a reason\n\n    priority"))
    same(rules("a.conf"), ["unknown-keyword"])


def test_a_comment_where_a_block_opens_holds_for_the_block_and_no_further():
    two = INSTANCE + INSTANCE.replace("web", "other").replace("_id 9", "_id 10").replace("8.5", "8.6")
    for text in (two.replace("{", "{  # lbctl: ignore[values,structure]", 1),
                 "# lbctl: ignore[values,structure]\n" + two,
                 two.replace(" {", "  # lbctl: ignore[values,structure]\n{", 1)):
        write("a.conf", text)
        found = lint("a.conf")
        same([rule for _, _, rule, _ in found], ["out-of-range", "unknown-keyword"])
        assert all(line > 10 for _, line, _, _ in found), found


def test_a_comment_for_the_file_holds_for_that_file_and_not_for_what_it_includes():
    write("b.conf", "prioritty 5\n")
    write("a.conf", INSTANCE + "include b.conf\n! lbctl: ignore-file[unknown-keyword, values]\n")
    same(lint("a.conf"), [("b.conf", 1, "unknown-keyword", "error")])


def test_comments_in_strings_are_none():
    write("a.conf", 'vrrp_script a {\n    script "/bin/a # lbctl: ignore-file[structure]"\n    intervall 2\n}\n')
    assert "unknown-keyword" in rules("a.conf")


def test_comments_that_say_nothing_are_told_and_hide_nothing():
    for comment in ("# lbctl: ignore", "# lbctl: ignore[]", "# lbctl: ignore[values", "# lbctl: ignore out-of-range",
                    "# lbctl: disable[values]", "# lbctl: ignore[out-of-rage]"):
        write("a.conf", INSTANCE.replace("300", "300 " + comment))
        same(rules("a.conf"), ["out-of-range", "bad-suppression", "unknown-keyword"])


def test_a_comment_for_a_rule_that_did_not_run_is_not_called_unused():
    write("a.conf", "vrrp_version 3 # lbctl: ignore[cluster, host]\nglobal_defs {\n}\n")
    same([rule for rule in rules("a.conf") if "suppression" in rule], [])
    write("a.conf", "global_defs { # lbctl: ignore[unknown-value]\n}\n")
    same(rules("a.conf"), ["unused-suppression"])
    same(rules("--ignore", "unknown-value", "a.conf"), [])


def test_a_comment_in_a_file_of_several_roots_is_used_by_any_of_them():
    write("part.conf", "vrrp_version 3 # lbctl: ignore[misplaced-keyword]\n"
                       "vrrp_garp_interval 1 # lbctl: ignore[unknown-keyword, misplaced-keyword]\n")
    write("a.conf", "global_defs {\n    include part.conf\n}\n")
    write("b.conf", "include part.conf\n")
    same(lint("a.conf", "b.conf"), [("part.conf", 2, "unused-suppression", "info")])


def test_apply_does_not_look_at_comments():
    write("a.conf", INSTANCE + "# lbctl: ignore-file[values, structure]\n")
    same(rules("a.conf", expect=0), [])
    run("apply", "--dry-run", "a.conf", expect=2)


# Baselines.

def test_a_baseline_hides_what_is_known_also_when_the_file_is_edited_elsewhere():
    write("a.conf", INSTANCE)
    done = run("lint", "--baseline", "known.json", "--update-baseline", "a.conf", expect=0)
    assert b"2 findings written to known.json" in done.stderr and not done.stdout, done
    write("a.conf", "! a new line\nvrrp_script x {\n    script /bin/true\n}\n" + INSTANCE)
    done = run("lint", "--baseline", "known.json", "--ignore", "tracking,scripts", "a.conf", expect=0)
    assert b"2 findings not shown" in done.stderr and not done.stdout, done
    write("a.conf", INSTANCE + "unknwn 3\n")
    same(lint("--baseline", "known.json", "a.conf", expect=1), [("a.conf", 10, "unknown-keyword", "error")])


def test_a_baseline_counts():
    line = "    prioritty 5\n"
    write("a.conf", INSTANCE.replace(line, line * 2))
    run("lint", "--baseline", "known.json", "--update-baseline", "a.conf", expect=0)
    write("a.conf", INSTANCE.replace(line, line * 3))
    same(lint("--baseline", "known.json", "a.conf", expect=1), [("a.conf", 7, "unknown-keyword", "error")])


def test_what_a_baseline_knows_and_nobody_does_any_more_is_told():
    write("a.conf", INSTANCE)
    write("b.conf", INSTANCE)
    run("lint", "--baseline", "known.json", "--update-baseline", "a.conf", "b.conf", expect=0)
    write("a.conf", INSTANCE.replace("    prioritty 5\n", ""))
    done = run("lint", "--baseline", "known.json", "a.conf", expect=0)
    same(done.stderr.decode().count("nothing is found any more of unknown-keyword in a.conf"), 1)
    assert b"b.conf" not in done.stderr, done.stderr
    run("lint", "--baseline", "known.json", "--update-baseline", "a.conf", expect=0)
    entries = [(e["file"], e["rule"]) for e in json.load(open("known.json", encoding="utf-8"))["findings"]]
    same(entries, [("a.conf", "out-of-range"), ("b.conf", "out-of-range"), ("b.conf", "unknown-keyword")])


def test_names_in_a_baseline_are_relative_to_it_and_settings_may_name_it():
    write(".lbctl.toml", 'baseline = "ci/known.json"\n')
    os.mkdir("ci")
    write("sub/a.conf", INSTANCE)
    run("lint", "--update-baseline", "sub/a.conf", expect=0)
    same({e["file"] for e in json.load(open("ci/known.json", encoding="utf-8"))["findings"]}, {"../sub/a.conf"})
    os.chdir("sub")
    run("lint", "a.conf", expect=0)


def test_a_baseline_holds_no_secret_and_keeps_its_mode():
    write("a.conf", INSTANCE.replace("    prioritty 5\n", "    authentication {\n        auth_type PASS\n"
                                     "        auth_pass geheimes-wort\n        auth_pas geheimes-wort\n    }\n"))
    run("lint", "--baseline", "known.json", "--update-baseline", "a.conf", expect=0)
    assert "geheim" not in open("known.json", encoding="utf-8").read()
    os.chmod("known.json", 0o640)
    run("lint", "--baseline", "known.json", "--update-baseline", "a.conf", expect=0)
    same(stat.S_IMODE(os.stat("known.json").st_mode), 0o640)


def test_what_is_no_baseline_is_refused():
    write("a.conf", INSTANCE)
    for text in (b"", b"{", b"[]", b'{"schema": "lbctl-baseline/1"}', b'{"schema": "lbctl-baseline/1", "findings": [3]}',
                 b'{"schema": "lbctl-baseline/1", "findings": [{"file": "a", "rule": "b", "fingerprint": "c", "count": -1}]}',
                 b"[" * 100_000, b'{"schema": "other/1", "findings": []}', b"\xff" * 50):
        write("known.json", text, "wb")
        assert b"known.json" in run("lint", "--baseline", "known.json", "a.conf", expect=2).stderr, text[:30]
    os.remove("known.json")
    assert b"--update-baseline makes" in run("lint", "--baseline", "known.json", "a.conf", expect=2).stderr
    run("lint", "--update-baseline", "a.conf", expect=2)


# Which files, and how many at a time.

def test_a_folder_means_its_configurations_and_parts_of_others_only_in_those():
    write("d/keepalived.conf", "include conf.d/*.conf\n")
    write("d/conf.d/web.conf", INSTANCE)
    write("d/conf.d/other.conf", INSTANCE.replace("web", "other"))
    write("d/nginx.conf", "worker_processes 4;\n")
    write("d/notes.txt", INSTANCE)
    write("d/.git/x.conf", INSTANCE)
    done = json.loads(run("lint", "--format", "json", "--select", "structure,values", "d", expect=1).stdout)
    same(done["summary"]["files"], 1)
    same(sorted(os.path.basename(f["file"]) for f in done["findings"]), ["other.conf"] * 2 + ["web.conf"] * 2)
    named = json.loads(run("lint", "--format", "json", "--select", "structure,values", "d", "d/conf.d/web.conf", expect=1).stdout)
    same(named["summary"]["files"], 2)


def test_patterns_name_files_and_one_that_names_none_is_told_as_a_file_that_cannot_be_read():
    write("a1.conf", INSTANCE)
    write("a2.conf", INSTANCE)
    same([name for name, *_ in lint("--select", "values", "a[0-9].conf")], ["a1.conf", "a2.conf"])
    done = run("lint", "b*.conf", "a1.conf", expect=2)
    assert b"cannot read b*.conf" in done.stderr and b"unknown-keyword" in done.stdout, done
    os.mkdir("empty")
    assert b"no configuration" in run("lint", "empty", expect=2).stderr


def test_any_number_of_jobs_prints_the_same():
    for number in range(60):
        write(f"d/{number:02}.conf", INSTANCE * (1 + number % 7))
    one = run("lint", "-j", "1", "d", expect=1)
    for jobs in ("2", "7", "64"):
        same(run("lint", "--jobs", jobs, "d", expect=1).stdout, one.stdout)


def test_a_long_run_on_a_terminal_shows_how_far_it_is_and_takes_the_line_away():
    for number in range(40):
        write(f"d/{number:02}.conf", "".join(INSTANCE.replace("web", f"w{i}") for i in range(400)))
    ours, theirs = pty.openpty()
    with subprocess.Popen([LBCTL, "lint", "-q", "-j", "1", "d"], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as child:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:
            pass
        child.wait(120)
    os.close(ours)
    if b"checked " in shown:  # a quick machine has nothing to show
        assert b" of 40 files" in shown and shown.endswith(b"\r\x1b[K"), shown


# Ids.

def test_one_file_is_a_cluster_of_all_ids_that_it_names():
    write("part.conf", "@lb3 vrrp_instnce x {\n")
    write("a.conf", INSTANCE.replace("    priority 300\n    prioritty 5\n", "    @lb1 priority 300\n    @lb2 priority 100\n"
                                     "    @^lb3 prioritty 5\n") + "@lb3 include part.conf\n")
    done = json.loads(run("lint", "--cluster", "--format", "json", "a.conf", expect=1).stdout)
    told = {f["rule"]: f.get("config_ids") for f in done["findings"] if f["rule"] in ("out-of-range", "unknown-keyword")
            and f["file"].endswith("a.conf")}
    same(told, {"out-of-range": ["lb1"], "unknown-keyword": ["lb1", "lb2"]})
    assert any(f["file"].endswith("part.conf") for f in done["findings"]), done


def test_a_cluster_of_thousands_of_ids_is_refused():
    write("a.conf", "".join(f"@id{number} vrrp_version 3\n" for number in range(3000)))
    assert b"more than 64 nodes" in run("lint", "--cluster", "a.conf", expect=2).stderr


def test_text_and_json_say_for_which_ids_a_finding_holds():
    write("a.conf", INSTANCE.replace("    prior", "    @lb1 prior", 1))
    assert b"not 300 (only for lb1) [out-of-range]" in run("lint", "a.conf", expect=1).stdout
    found = json.loads(run("lint", "--format", "json", "a.conf", expect=1).stdout)["findings"]
    same([(f["rule"], f.get("config_ids")) for f in found], [("out-of-range", ["lb1"]), ("unknown-keyword", None)])
    same(rules("-i", "lb2", "a.conf"), ["unknown-keyword"])


# Watching, and the installed release.

def test_watch_checks_again_when_an_included_file_changes_and_ends_on_a_signal():
    write("part.conf", "vrrp_version 3\n")
    write("a.conf", "global_defs {\n    include part.conf\n}\n")
    child = subprocess.Popen([LBCTL, "lint", "--watch", "a.conf"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
    seen = b""

    def wait_for(words, times):
        nonlocal seen
        end = time.monotonic() + 30
        while seen.count(words) < times:
            assert time.monotonic() < end, seen
            if select.select([child.stdout], [], [], 1)[0]:
                seen += os.read(child.stdout.fileno(), 4096)

    try:
        wait_for(b"waiting for changes", 1)
        assert b"error" not in seen, seen
        write("part.new", "vrrp_version 9\n")
        os.rename("part.new", "part.conf")
        wait_for(b"part.conf:1", 1)
        wait_for(b"waiting for changes", 2)
        write("notes.txt", "of no interest")
        write("part.conf", "vrrp_version 3\n")
        wait_for(b"waiting for changes", 3)
        time.sleep(0.3)
        same(seen.count(b"waiting for changes"), 3)
        child.send_signal(signal.SIGINT)
        same(child.wait(10), 128 + signal.SIGINT)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_the_installed_release_is_asked_for():
    write("bin/keepalived", "#!/bin/sh\necho 'Keepalived v2.0.7 (04/04,2018)' >&2\n")
    os.chmod("bin/keepalived", 0o755)
    write("a.conf", "vrrp_track_process p {\n    process x\n}\n")
    environment = {"PATH": os.path.abspath("bin") + ":/usr/bin:/bin"}
    words = ("lint", "--format", "json", "a.conf", "--target-version")
    same(run(*words, "installed", env=environment).stdout, run(*words, "2.0.7").stdout)
    write("bin/keepalived", "#!/bin/sh\necho 'Keepalived v9.0.0 (04/04,2048)' >&2\n")
    assert b"9.0.0" in run(*words, "installed", env=environment, expect=2).stderr
    write("bin/keepalived", "#!/bin/sh\necho 'something else'\n")
    assert b"something else" in run(*words, "installed", env=environment, expect=2).stderr


def main():
    failed = 0
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    for name, test in tests.items():
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        with tempfile.TemporaryDirectory(prefix="lbctl-choosing.") as folder:
            os.chdir(folder)
            try:
                test()
            except (AssertionError, subprocess.TimeoutExpired, OSError, ValueError, KeyError) as fault:
                failed += 1
                print(f"{name}: {fault}")
            os.chdir("/")
    print(f"{len(tests)} behaviours, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
