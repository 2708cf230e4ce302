"""The diagnosis of data: which self-symmetries occur, what they forbid, and what to do about it."""

from symbreak.diagnosis.dense import diagnose as diagnose
from symbreak.diagnosis.diagnose_file import diagnose_file as diagnose_file
from symbreak.diagnosis.diagnosis import Diagnosis as Diagnosis
from symbreak.diagnosis.diagnosis import TargetDiagnosis as TargetDiagnosis
from symbreak.diagnosis.engine import Engine as Engine
from symbreak.diagnosis.engine import Local as Local
from symbreak.diagnosis.frame import LatticeFrame as LatticeFrame
from symbreak.diagnosis.frame import SpaceFrame as SpaceFrame
from symbreak.diagnosis.quantity import Quantity as Quantity
from symbreak.diagnosis.ray_cluster import RayCluster as RayCluster
from symbreak.diagnosis.remedy import Recommendation as Recommendation
from symbreak.diagnosis.remedy import Remedy as Remedy
from symbreak.diagnosis.search import Search as Search
