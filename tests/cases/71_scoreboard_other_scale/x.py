
import numpy as np, pandas as pd
from rec_tutor import baselines, data, evaluation; from rec_tutor.evaluation import splits
rng=np.random.default_rng(0)
r=pd.DataFrame({"user":np.repeat(np.arange(30),10),"item":np.concatenate([rng.permutation(40)[:10] for _ in range(30)])})
for name,rating in (("1-10",rng.integers(1,11,300)),("-10..10",rng.uniform(-10,10,300)),("clicks",np.ones(300)),("0-100",rng.integers(0,101,300))):
    d=data.from_frame(r.assign(rating=rating)); s=splits.temporal(d.ratings,valid=0); b=evaluation.Scoreboard(s,d.num_users,d.num_items)
    b.add("pop",lambda seed: baselines.Popularity(d.num_users,d.num_items).fit(s.refit)); t=b.table()
    print(name, "share of test rows counted as liked", round((s.test.rating>=4).mean(),2), t.iloc[0][["NDCG@10","NDCG, liked"]].round(3).to_dict())
