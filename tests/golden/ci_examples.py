#!/usr/bin/env python3
"""Runs what examples/ci/ gives to pipelines: the hooks of pre-commit, the GitHub Action, the GitLab template, the tasks of Ansible
and the drop-in of systemd, each with a sound file, which passes, and a faulty one, which does not.

usage: ci_examples.py LBCTL
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CI = ROOT / "examples" / "ci"
SOUND = (ROOT / "examples" / "lvs-dr" / "keepalived-master.conf").read_text(encoding="utf-8")
OTHER_NODE = (ROOT / "examples" / "lvs-dr" / "keepalived-backup.conf").read_text(encoding="utf-8")
FAULTY = SOUND.replace("delay_loop", "delay_lop")
NOT_OF_ONE_CLUSTER = OTHER_NODE.replace("virtual_router_id 9", "virtual_router_id 10")
assert SOUND != FAULTY and OTHER_NODE != NOT_OF_ONE_CLUSTER


class Checks:
    failed = 0

    def hold(self, held, what, output=""):
        if not held:
            self.failed += 1
            print(f"not so: {what}\n{output}")


def run(words, folder, **environment):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, **environment})
    return done.returncode, done.stdout + done.stderr


def pre_commit(check, folder, path):
    def git(where, *words):
        status, output = run(["git", "-c", "user.name=lbctl", "-c", "user.email=lbctl@example.com", *words], where)
        check.hold(status == 0, f"git {words[0]} works", output)
        return output.strip()

    hooks = folder / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    git(hooks, "init", "-q")
    git(hooks, "add", ".")
    git(hooks, "commit", "-qm", "hooks")
    commit = git(hooks, "rev-parse", "HEAD")
    repository = folder / "repository"
    repository.mkdir()
    git(repository, "init", "-q")
    text = (CI / "pre-commit-config.yaml").read_text(encoding="utf-8")
    text = text.replace("LBCTL_REPOSITORY", str(hooks)).replace("LBCTL_TAG", commit)
    (repository / ".pre-commit-config.yaml").write_text(text, encoding="utf-8")
    environment = {"PATH": path, "PRE_COMMIT_HOME": str(folder / "cache"), "HOME": str(folder)}

    def hook(*words):
        git(repository, "add", ".")
        return run(["pre-commit", "run", "--all-files", *words], repository, **environment)

    (repository / "keepalived.conf").write_text(SOUND, encoding="utf-8")
    (repository / "other.txt").write_text("nonsense {\n", encoding="utf-8")
    status, output = hook()
    check.hold(status == 0 and "Passed" in output, "pre-commit passes a sound file", output)
    (repository / "keepalived.conf").write_text(FAULTY, encoding="utf-8")
    status, output = hook("lbctl-lint")
    check.hold(status == 1 and "delay_lop" in output, "pre-commit tells what is wrong", output)
    (repository / "keepalived.conf").write_text(SOUND.replace("delay_loop", "  delay_loop"), encoding="utf-8")
    status, output = hook("lbctl-fmt")
    laid_out = (repository / "keepalived.conf").read_text(encoding="utf-8")
    check.hold(status == 1 and laid_out == SOUND, "the hook of fmt lays the file out", output)
    text = text.replace("lbctl-fmt", "lbctl-fix\n      - id: lbctl-cluster")
    (repository / ".pre-commit-config.yaml").write_text(text, encoding="utf-8")
    (repository / "keepalived.conf").write_text(SOUND.replace("state ", "State "), encoding="utf-8")
    (repository / "keepalived-b.conf").write_text(OTHER_NODE, encoding="utf-8")
    status, output = hook("lbctl-fix")
    check.hold(status == 1 and (repository / "keepalived.conf").read_text(encoding="utf-8") == SOUND, "the hook of --fix mends", output)
    status, output = hook("lbctl-cluster")
    check.hold(status == 0, "the nodes of a sound cluster pass", output)
    (repository / "keepalived-b.conf").write_text(NOT_OF_ONE_CLUSTER, encoding="utf-8")
    status, output = hook("lbctl-cluster")
    check.hold(status == 1, "nodes that do not hear each other do not pass", output)


def github(check, folder, path, yaml):
    action = yaml.safe_load((CI / "github" / "action.yml").read_text(encoding="utf-8"))
    check.hold(action["runs"]["using"] == "composite" and action["name"] and action["description"], "it is a composite action")

    def job(**inputs):
        values = {name: str(entry.get("default", "")) for name, entry in action["inputs"].items()} | inputs
        for step in action["runs"]["steps"]:
            environment = {"PATH": path, "GITHUB_PATH": str(folder / "path"), "RUNNER_TEMP": str(folder)}
            for name, value in step["env"].items():
                value = value.replace("${{ github.action_path }}", str(CI / "github"))
                for each, given in values.items():
                    value = value.replace("${{ inputs." + each + " }}", given)
                check.hold("${{" not in value, f"every input is known: {value}")
                environment[name] = value
            check.hold("${{" not in step["run"], "no script has text of others in it")
            status, output = run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], folder, **environment)
            if status != 0:
                break
        return status, output

    (folder / "keepalived.conf").write_text(SOUND, encoding="utf-8")
    status, output = job()
    check.hold(status == 0, "the action passes a sound file", output)
    (folder / "b.conf").write_text(FAULTY, encoding="utf-8")
    status, output = job(files="keepalived.conf\nb.*")
    check.hold(status == 1 and "::error" in output and "file=b.conf,line=23" in output, "the action marks the line", output)
    (folder / "b.conf").write_text(NOT_OF_ONE_CLUSTER, encoding="utf-8")
    status, output = job(files="*.conf", cluster="true")
    check.hold(status == 1 and "::error" in output, "the action holds nodes against each other", output)
    status, output = job(files="missing.conf")
    check.hold(status == 2, "a file that is missing fails", output)


def gitlab(check, folder, path, yaml):
    job = yaml.safe_load((CI / "gitlab" / "lbctl.gitlab-ci.yml").read_text(encoding="utf-8"))[".lbctl"]
    report = folder / job["artifacts"]["reports"]["codequality"]

    def script(**variables):
        report.unlink(missing_ok=True)
        values = {name: str(value) for name, value in job["variables"].items()} | variables
        return run(["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])], folder, PATH=path, **values)

    (folder / "keepalived.conf").write_text(SOUND, encoding="utf-8")
    status, output = script()
    check.hold(status == 0 and yaml.safe_load(report.read_text(encoding="utf-8")) == [], "the template passes a sound file", output)
    (folder / "b.conf").write_text(FAULTY, encoding="utf-8")
    status, output = script(LBCTL_FILES="*.conf")
    lines = [entry["location"]["path"] for entry in yaml.safe_load(report.read_text(encoding="utf-8"))]
    check.hold(status == 1 and lines and set(lines) == {"b.conf"}, "the report of the template names the file", output)


PLAYBOOK = """
- hosts: directors
  gather_facts: false
  tasks:
    - ansible.builtin.import_tasks: TASKS
      vars: {keepalived_template: keepalived.conf.j2, keepalived_file: "{{ folder }}/{{ inventory_hostname }}/keepalived.conf"}
  handlers:
    - name: Reload keepalived
      ansible.builtin.copy: {content: reloaded, dest: "{{ folder }}/{{ inventory_hostname }}/reloaded", mode: "0644"}
"""
# What each node of a cluster has differently. No machine has the interface.
TEMPLATE = """
vrrp_instance web {
    state {{ state }}
    interface lbctl0
    virtual_router_id {{ router_id | default(9) }}
    priority {{ priority }}
    advert_int 1
    virtual_ipaddress {
        10.0.8.9/32
    }
    {{ more | default('') }}
}
"""


def ansible(check, folder, path):
    (folder / "playbook.yml").write_text(PLAYBOOK.replace("TASKS", str(CI / "ansible" / "keepalived.yml")), encoding="utf-8")
    (folder / "keepalived.conf.j2").write_text(TEMPLATE, encoding="utf-8")
    (folder / "hosts").write_text("[directors]\na state=MASTER priority=150\nb state=BACKUP priority=100\n\n[all:vars]\n"
                                  "ansible_connection=local\nansible_python_interpreter=/usr/bin/python3\n", encoding="utf-8")
    for host in "ab":
        (folder / host).mkdir()
    environment = {"PATH": path, "HOME": str(folder), "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"), "LC_ALL": "C.UTF-8",
                   "ANSIBLE_REMOTE_TEMP": str(folder / "tmp"), "TMPDIR": str(folder)}

    def play(**values):
        values = {"folder": str(folder), "keepalived_host_check": "false", **values}
        extra = [word for name, value in values.items() for word in ("-e", f"{name}={value}")]
        return run(["ansible-playbook", "-i", "hosts", *extra, "playbook.yml"], folder, **environment)

    files = [folder / host / "keepalived.conf" for host in "ab"]
    status, output = play()
    check.hold(status == 0 and all(file.exists() and file.stat().st_mode & 0o777 == 0o600 for file in files),
               "sound files arrive, for root alone", output)
    check.hold(all((folder / host / "reloaded").exists() for host in "ab"), "keepalived is told to reload", output)
    before = [file.read_bytes() for file in files]
    for what, values in {"a node of another router id": {"router_id": "{{ 9 if state == 'MASTER' else 10 }}"},
                         "an unknown keyword": {"more": "nonsense"},
                         "an interface that the director does not have": {
                             "keepalived_host_check": "true", "more": "garp_master_delay 5"}}.items():
        values = {name: f"'{value}'" if " " in value else value for name, value in values.items()}
        status, output = play(**values)
        check.hold(status != 0 and [file.read_bytes() for file in files] == before, f"{what} changes no file", output)
    check.hold(not list(folder.glob("lbctl.*")), "nothing is left behind")


def systemd(check, folder, lbctl, path):
    units = folder / "units"
    shutil.copytree(CI / "systemd", units)
    drop_in = units / "keepalived.service.d" / "lbctl.conf"
    configuration = folder / "keepalived.conf"
    text = drop_in.read_text(encoding="utf-8")
    check.hold("/usr/bin/lbctl" in text and "/etc/keepalived/keepalived.conf" in text, "the paths are those of the package")
    text = text.replace("/usr/bin/lbctl", lbctl).replace("/etc/keepalived/keepalived.conf", str(configuration))
    drop_in.write_text(text, encoding="utf-8")
    service = pathlib.Path("/lib/systemd/system/keepalived.service")
    unit = service.read_text(encoding="utf-8") if service.exists() else "[Service]\nExecStart=/bin/true\nExecReload=/bin/false\n"
    (units / "keepalived.service").write_text(unit, encoding="utf-8")
    status, output = run(["systemd-analyze", "verify", "--man=no", "keepalived.service"], folder, SYSTEMD_UNIT_PATH=f"{units}:")
    check.hold(status == 0 and "lbctl" not in output, "systemd takes the drop-in", output)
    lines = [line.partition("=")[2] for line in text.splitlines() if line.startswith("ExecReload=")]
    check.hold(lines[0] == "" and len(lines) == 3, "the commands of the service are replaced")

    def reload():
        """As systemd does: one command after the other, none behind one that failed."""
        with subprocess.Popen(["sleep", "60"]) as daemon:
            for line in lines[1:]:
                status, output = run([word.replace("$MAINPID", str(daemon.pid)) for word in line.split()], folder, PATH=path)
                if status != 0:
                    daemon.kill()
                    return False, output
            return daemon.wait(timeout=10) == -signal.SIGHUP, ""

    configuration.write_text("global_defs {\n    router_id a\n}\n", encoding="utf-8")
    reloads, output = reload()
    check.hold(reloads, "a sound file is reloaded", output)
    configuration.write_text("global_defs {\n    router_ids a\n}\n", encoding="utf-8")
    reloads, output = reload()
    check.hold(not reloads and "router_ids" in output, "a faulty file is not reloaded, and the journal says why", output)


def main():
    try:
        import yaml
    except ImportError:
        print("SKIP: no python3-yaml")
        return 77
    needed = ["pre-commit", "ansible-playbook", "systemd-analyze", "git"]
    if missing := [name for name in needed if shutil.which(name) is None]:
        print(f"SKIP: no {', '.join(missing)}")
        return 77
    lbctl = os.path.abspath(sys.argv[1])
    check = Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "bin").mkdir()
        (folder / "bin" / "lbctl").symlink_to(lbctl)
        path = f"{folder / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin"
        for part, arguments in ((pre_commit, (path,)), (github, (path, yaml)), (gitlab, (path, yaml)), (ansible, (path,)),
                                (systemd, (lbctl, path))):
            own = folder / part.__name__
            own.mkdir()
            part(check, own, *arguments)
    print(f"{check.failed} failed")
    return 1 if check.failed else 0


sys.exit(main())
