
import pandas as pd
from rec_tutor import data; from rec_tutor.inputs import sequences
t=pd.to_datetime(["2014-04-07T10:51:09.900Z","2014-04-07T10:51:09.100Z","2014-04-07T10:51:09.500Z"])
ds=data.from_frame(pd.DataFrame({"user":["s1"]*3,"item":["c","a","b"],"timestamp":t}))
h=sequences.histories(ds.ratings,1)[0]; print(ds.items.item_id.to_numpy()[h].tolist(), ds.ratings.timestamp.tolist())
assert ds.items.item_id.to_numpy()[h].tolist()==["a","b","c"]
