
import numpy as np, pandas as pd
from rec_tutor import data; from rec_tutor.evaluation import splits
ds=data.read_csv("r.csv"); s=splits.temporal(ds.ratings)
print("columns:", list(ds.ratings.columns), "timestamps", ds.ratings.timestamp.head(3).tolist())
print("mean item index: train", s.train.item.mean().round(1), "valid", s.valid.item.mean().round(1), "test", s.test.item.mean().round(1))
r=pd.read_csv("recs.csv"); print("mean itemID recommended first by markov:", r.groupby("userID").itemID.first().mean(), "of 1..40; by ease:", pd.read_csv("recs_e.csv").groupby("userID").itemID.first().mean())
