import shutil, sys
from tests.grader.test_release import *
import tests.grader.test_release as tr
def test_it(tmp_path):
    root=tmp_path/"checkout"; root.mkdir(); shutil.copy(ROOT/"nbgrader_config.py",root)
    (root/"assignments").mkdir(); shutil.copytree(ROOT/"assignments"/"compliance-audit",root/"assignments"/"compliance-audit")
    for n in ("notebooks","case_studies"): shutil.copytree(ROOT/n,root/n)
    tr.COLUMNS["audit-log"]=("event_id at debtor_id account_id party agent channel mode number role purpose outcome identified hours_agreed "
     "debtor_unreachable disclosed content cites fact_on staff recorded id_shown entered entry_consent")
    for language in ("en","zh"):
        course=Course(root,f"course-{language}",language)
        release(course,"compliance-audit"); lay_out(course,tmp_path/language)
        files=[f for w in (course.folder/"release",tmp_path/language) for f in w.rglob("*") if f.is_file()]
        files+=[f for f in (ROOT/"duecourse").rglob("*") if f.is_file() and "__pycache__" not in f.parts]
        a=course.assignment("compliance-audit"); public=public_lines(a)
        key=key_of(a,tmp_path/"keys")
        secrets={s:w for s,w in secrets_of(a,key).items() if s not in public}
        assert "36856354231549422" in secrets
        print(len(secrets))
        assert all_leaks(files,secrets)==[]
        case=read(root/"case_studies/failure/phone-book-blast")
        assert all_leaks(files,secrets_of_case(case))==[]
        print([f.name for f in (course.folder/"release"/"compliance-audit").rglob("*")])
del_names=[n for n in list(globals()) if n.startswith("test_") and n!="test_it"]
for n in del_names: del globals()[n]
