"""What the scripts of this folder found: one line for each problem, one for all, and the exit status."""


class Verdicts:
    def __init__(self):
        self.passed = self.failed = 0

    def add(self, name, problems):
        """Takes what is wrong with one subject; nothing when all is well."""
        problems = list(problems)
        self.passed += not problems
        self.failed += bool(problems)
        for problem in problems:
            print(f"{name}: {problem}")

    def finish(self):
        """Prints the sum. A run in which nothing passed has looked at nothing, and fails."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0
