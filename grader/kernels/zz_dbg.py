import time, sys
from grader.kernels import watch, server
old=watch.over
def over(k):
    a=time.monotonic(); c=time.process_time(); r=old(k); n=len(watch.running())
    sys.stderr.write(f"{a:.2f} look {time.monotonic()-a:.3f}s cpu {time.process_time()-c:.3f} n={n} {r}\n"); return r
watch.over=over
_s=server._signal
def sg(job,n):
    a=time.monotonic(); _s(job,n); sys.stderr.write(f"{a:.2f} signal {n} took {time.monotonic()-a:.3f}\n")
server._signal=sg
_f=server.Server._finish
def fin(self,job,code):
    sys.stderr.write(f"{time.monotonic():.2f} finish {code}\n"); _f(self,job,code)
server.Server._finish=fin
server.main()
