import shutil, subprocess, sys
from tests.grader.test_release import *
def test_x(tmp_path, keys):
    root = tmp_path / "checkout"; root.mkdir(); shutil.copy(ROOT / "nbgrader_config.py", root)
    for name in ("assignments", "notebooks", "case_studies"): shutil.copytree(ROOT / name, root / name)
    course = Course(root, "course", "en")
    for name in course.assignments(): release(course, name)
    lay_out(course, tmp_path / "learner")
    files = [f for way in (course.folder/"release", tmp_path/"learner") for f in way.rglob("*") if f.is_file()]
    found=[]
    for name in course.assignments():
        a = course.assignment(name); public = public_lines(a)
        s = {x: w for x, w in secrets_of(a, key_of(a, keys)).items() if x not in public}
        found += [(name, *l) for l in all_leaks(files, s)]
    exams = [c for c in map(read, folders_of_cases(course)) if c.case.use == "exam"]
    for c in exams: found += [(c.slug, *l) for l in all_leaks(files, secrets_of_case(c))]
    open('/tmp/ans_leaks.txt','w').write("\n".join(map(repr, found)))
