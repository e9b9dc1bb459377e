BEGIN TRANSACTION;
CREATE TABLE audit_entry (
  id         TEXT PRIMARY KEY,
  commitment BLOB NOT NULL,
  seq        INTEGER,
  hash       BLOB,
  CHECK ((seq IS NULL) = (hash IS NULL))
) STRICT;
INSERT INTO "audit_entry" VALUES('01m814jm0p41082cj5xvwd5vcy',X'D380F3D32315CCD5296575489A4AF834AB784B61B8F7A1A768E70A4F3532D77E',1,X'C16466B1C6B990011502CBE96E4DE7482B4B00923FCE27A786228DB8F3194FCB');
INSERT INTO "audit_entry" VALUES('01m814jm2bee4n26w7f6mtzdfx',X'18965C08B22A4D81C10A7764DA96B3C0584B5722B7E550337E53D8C7600559E3',2,X'E332905AFE42221EA3F5432881E7F2D95E57031CF8EA19BE592C5F496B2E0C64');
INSERT INTO "audit_entry" VALUES('01m814jm2kbr2hgdg78yg6yqtd',X'0FBDD1F85000AA81450297CB3E2BBD644C526D8B1D39F4B3D58F8D670D624FE8',3,X'142AFC579099DAE704BF1283C6540FCA8989B119B20F47FF064380887D77C041');
INSERT INTO "audit_entry" VALUES('01m814jm3wzkk43zjgz4x3ampf',X'B863A767329A1F105C60F3CE06093E264C5E88821143564ECE5F014B1D0E6501',4,X'68B8520C3138F06C7D9E30F583C3BC5D2BFBF0031F859BB41F06E09698965D97');
INSERT INTO "audit_entry" VALUES('01m814jm4cmnsczzp3b2sp2y0h',X'43F98052F0B07C9B0FB33E16718960AA742BD0F27B4A6DEBA7900343B8CD8646',5,X'6DDE5C8631A831BE599776AE6DCBF7D80FD7EDD2376D0BEE5616698049933812');
CREATE TABLE audit_head (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  seq  INTEGER NOT NULL,
  hash BLOB NOT NULL
) STRICT;
INSERT INTO "audit_head" VALUES(1,5,X'6DDE5C8631A831BE599776AE6DCBF7D80FD7EDD2376D0BEE5616698049933812');
CREATE TABLE audit_payload (
  id           TEXT PRIMARY KEY REFERENCES audit_entry (id),
  salt         BLOB NOT NULL,
  at           INTEGER NOT NULL,
  actor        TEXT NOT NULL,
  actor_kind   TEXT NOT NULL,
  via          TEXT NOT NULL,
  operation    TEXT NOT NULL,
  object       TEXT NOT NULL,
  reason       TEXT NOT NULL,
  before_value TEXT NOT NULL,
  after_value  TEXT NOT NULL
) STRICT;
INSERT INTO "audit_payload" VALUES('01m814jm0p41082cj5xvwd5vcy',X'E5BA98F89A093AC8A99528AF9A2BCAE30B2E5463D441B063D70323A528FF9680',1795334688790,'os:0','os-user','cli','constituency.import','register','','','{"changes":[{"op":"add","what":"organisation","organisation":"City Hospital"},{"op":"add","what":"organisation","organisation":"Harbour Works"},{"op":"add","what":"network","organisation":"City Hospital","value":"192.0.2.0/24"},{"op":"add","what":"contact","organisation":"City Hospital","value":"security@hospital.example","detail":"abuse"},{"op":"add","what":"network","organisation":"Harbour Works","value":"198.51.100.0/24"},{"op":"add","what":"contact","organisation":"Harbour Works","value":"abuse@harbour.example","detail":"abuse"}],"file":"register.csv","part":"1 of 1","sha256":"7294b34afc683fbcdb7590f430db49239b301d8436c8f895c2604ac0506e60d2"}');
INSERT INTO "audit_payload" VALUES('01m814jm2bee4n26w7f6mtzdfx',X'C89F7B6B1FBCBFF0439CEAD6C9031500C6F4A4B36DDAA4D709EECE2908430DB1',1795334688843,'os:0','os-user','cli','feed.ingest','01m814jm201hw7rrpmxkqr23e6','','','{"bytes":42,"feed":"desk","name":"list.txt","report":"desk","sha256":"d7ced295454f7898a4d5c76876b07a96089826322ea31f277efbb4911978ce58","state":"accepted"}');
INSERT INTO "audit_payload" VALUES('01m814jm2kbr2hgdg78yg6yqtd',X'D2128823AD6A6968600343678BBDB632F786C6D964835ADDED57C914579DF7A0',1795334688851,'os:0','os-user','cli','feed.ingest','01m814jm201hw7rrpmxkqr23e6','','{"state":"accepted"}','{"counts":{"rows":4,"events":3,"duplicates":0,"set_aside":1,"attributed":3,"unattributed":0},"state":"done"}');
INSERT INTO "audit_payload" VALUES('01m814jm3wzkk43zjgz4x3ampf',X'13A4DA9906321C8B89203E57A2F2972C0E4FEB44EEEB49596E4846AD3B8BBDEB',1795334688892,'os:0','os-user','cli','feed.ingest','01m814jm3rve85tf6rkzzd2yj1','','','{"bytes":20,"feed":"desk","name":"list2.txt","report":"desk","sha256":"7f75a064c2326a80e13480076a6841e0e26a91ff769cd853b51be6a8b7395bf3","state":"accepted"}');
INSERT INTO "audit_payload" VALUES('01m814jm4cmnsczzp3b2sp2y0h',X'38FEBC387B12593C6B3C6505263369295E0B323522252AC75E2B4315AC4A1976',1795334688908,'os:0','os-user','cli','feed.ingest','01m814jm3rve85tf6rkzzd2yj1','','{"state":"accepted"}','{"counts":{"rows":2,"events":1,"duplicates":1,"set_aside":0,"attributed":1,"unattributed":0},"state":"done"}');
CREATE TABLE contact (
  id              TEXT PRIMARY KEY,
  organisation    TEXT NOT NULL REFERENCES organisation (id),
  channel         TEXT NOT NULL, -- mail, phone, webhook
  address         TEXT NOT NULL,
  purpose         TEXT NOT NULL,
  language        TEXT NOT NULL DEFAULT '',
  pgp_key         TEXT NOT NULL DEFAULT '',
  pgp_fingerprint TEXT NOT NULL DEFAULT '',
  pgp_expires     BIGINT NOT NULL DEFAULT 0,
  health          TEXT NOT NULL,
  version         BIGINT NOT NULL,
  UNIQUE (organisation, channel, address, purpose)
);
INSERT INTO "contact" VALUES('01m814jm0q3xyd96ca33wyemvw','01m814jm0q5fnf0ga8sn7d2fks','mail','security@hospital.example','abuse','','','',0,'unknown',1);
INSERT INTO "contact" VALUES('01m814jm0qaaprmazne390sga3','01m814jm0q8qdzzbqcvmfj1v3x','mail','abuse@harbour.example','abuse','','','',0,'unknown',1);
CREATE TABLE fold (
  path       TEXT PRIMARY KEY,
  position   INTEGER NOT NULL,
  intake     TEXT NOT NULL,
  row_count  INTEGER NOT NULL,
  done_rows  INTEGER NOT NULL
) STRICT;
INSERT INTO "fold" VALUES('01m814jm201hw7rrpmxkqr23e6-1-0.parquet',2,'01m814jm201hw7rrpmxkqr23e6',3,0);
INSERT INTO "fold" VALUES('01m814jm3rve85tf6rkzzd2yj1-1-0.parquet',4,'01m814jm3rve85tf6rkzzd2yj1',1,0);
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO "goose_db_version" VALUES(1,0,1,'2026-11-22 08:04:48');
INSERT INTO "goose_db_version" VALUES(2,1,1,'2026-11-22 08:04:48');
INSERT INTO "goose_db_version" VALUES(3,2,1,'2026-11-22 08:04:48');
INSERT INTO "goose_db_version" VALUES(4,3,1,'2026-11-22 08:04:48');
CREATE TABLE intake (
  id           TEXT PRIMARY KEY,
  feed         TEXT NOT NULL,
  report       TEXT NOT NULL,
  format       TEXT NOT NULL,
  name         TEXT NOT NULL,
  hash         TEXT NOT NULL,
  blob         TEXT NOT NULL,
  blob_bytes   INTEGER NOT NULL,
  bytes        INTEGER NOT NULL,
  state        TEXT NOT NULL CHECK (state IN ('accepted', 'done', 'undecided', 'failed')),
  attempt      INTEGER NOT NULL,
  actor        TEXT NOT NULL,
  arrived_at   INTEGER NOT NULL,
  done_at      INTEGER NOT NULL,
  row_count    INTEGER NOT NULL,
  events       INTEGER NOT NULL,
  duplicates   INTEGER NOT NULL,
  set_aside    INTEGER NOT NULL,
  attributed   INTEGER NOT NULL,
  aside        TEXT NOT NULL,
  notes        TEXT NOT NULL,
  error        TEXT NOT NULL,
  terms        TEXT NOT NULL DEFAULT '{}'
) STRICT;
INSERT INTO "intake" VALUES('01m814jm201hw7rrpmxkqr23e6','desk','desk','list','list.txt','d7ced295454f7898a4d5c76876b07a96089826322ea31f277efbb4911978ce58','d7/d7ced295454f7898a4d5c76876b07a96089826322ea31f277efbb4911978ce58',42,42,'done',1,'os:0',1795334688832,1795334688850,4,3,0,1,3,'01m814jm201hw7rrpmxkqr23e6-1.jsonl.zst','null','','{"tlp":"amber","receivers":["constituent"]}');
INSERT INTO "intake" VALUES('01m814jm3rve85tf6rkzzd2yj1','desk','desk','list','list2.txt','7f75a064c2326a80e13480076a6841e0e26a91ff769cd853b51be6a8b7395bf3','7f/7f75a064c2326a80e13480076a6841e0e26a91ff769cd853b51be6a8b7395bf3',20,20,'done',1,'os:0',1795334688888,1795334688907,2,1,1,0,1,'','null','','{"tlp":"amber","receivers":["constituent"]}');
CREATE TABLE lease (
  name    TEXT PRIMARY KEY,
  holder  TEXT NOT NULL,
  epoch   INTEGER NOT NULL,
  expires INTEGER NOT NULL
) STRICT;
INSERT INTO "lease" VALUES('audit.seal','',5,0);
INSERT INTO "lease" VALUES('feed:desk','',2,0);
CREATE TABLE manifest_head (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  position INTEGER NOT NULL
) STRICT;
INSERT INTO "manifest_head" VALUES(1,4);
CREATE TABLE network (
  id           TEXT PRIMARY KEY,
  organisation TEXT NOT NULL REFERENCES organisation (id),
  rule         TEXT NOT NULL, -- prefix, domain, asn, country
  value        TEXT NOT NULL,
  low          TEXT NOT NULL DEFAULT '', -- a prefix's first address, 32 hex digits, IPv4 mapped: for "what lies inside"
  valid_from   BIGINT NOT NULL DEFAULT 0,
  valid_until  BIGINT NOT NULL DEFAULT 0,
  approved_by  TEXT NOT NULL DEFAULT '',
  approved_at  BIGINT NOT NULL DEFAULT 0,
  version      BIGINT NOT NULL,
  UNIQUE (organisation, rule, value)
);
INSERT INTO "network" VALUES('01m814jm0qzg0d1pt7sm9kmzg2','01m814jm0q5fnf0ga8sn7d2fks','prefix','192.0.2.0/24','00000000000000000000ffffc0000200',0,0,'root',1795334688790,1);
INSERT INTO "network" VALUES('01m814jm0q6sva1p85rg39rxnh','01m814jm0q8qdzzbqcvmfj1v3x','prefix','198.51.100.0/24','00000000000000000000ffffc6336400',0,0,'root',1795334688790,1);
CREATE TABLE organisation (
  id          TEXT PRIMARY KEY,
  name        TEXT NOT NULL,
  name_key    TEXT NOT NULL UNIQUE, -- the name folded: what makes two names the same
  kind        TEXT NOT NULL,
  sector      TEXT NOT NULL DEFAULT '',
  country     TEXT NOT NULL DEFAULT '',
  parent      TEXT REFERENCES organisation (id),
  criticality TEXT NOT NULL DEFAULT '',
  version     BIGINT NOT NULL,
  created     BIGINT NOT NULL,
  updated     BIGINT NOT NULL
);
INSERT INTO "organisation" VALUES('01m814jm0q5fnf0ga8sn7d2fks','City Hospital','city hospital','constituent','','',NULL,'',1,1795334688790,1795334688790);
INSERT INTO "organisation" VALUES('01m814jm0q8qdzzbqcvmfj1v3x','Harbour Works','harbour works','constituent','','',NULL,'',1,1795334688790,1795334688790);
CREATE TABLE outbox (
  id      TEXT PRIMARY KEY,
  topic   TEXT NOT NULL,
  subject TEXT NOT NULL,
  at      INTEGER NOT NULL
) STRICT;
INSERT INTO "outbox" VALUES('01m814jm2k03m7me2763648md3','intake.done','01m814jm201hw7rrpmxkqr23e6',1795334688851);
INSERT INTO "outbox" VALUES('01m814jm4cpe2bt3jqtnrnwedn','intake.done','01m814jm3rve85tf6rkzzd2yj1',1795334688908);
CREATE TABLE rdap_cache (
  question TEXT PRIMARY KEY,
  answer   TEXT NOT NULL,
  fetched  BIGINT NOT NULL,
  expires  BIGINT NOT NULL
);
CREATE TABLE register_state (
  one      INTEGER PRIMARY KEY CHECK (one = 1),
  register TEXT NOT NULL,
  version  BIGINT NOT NULL
);
INSERT INTO "register_state" VALUES(1,'01m814jm0pca902r56y9v964fx',1);
CREATE TABLE segment (
  path       TEXT PRIMARY KEY,
  position   INTEGER NOT NULL,
  intake     TEXT NOT NULL,
  attempt    INTEGER NOT NULL,
  feed       TEXT NOT NULL,
  report     TEXT NOT NULL,
  day        INTEGER NOT NULL,
  taxonomy   TEXT NOT NULL,
  row_count  INTEGER NOT NULL,
  bytes      INTEGER NOT NULL,
  min_time   INTEGER,
  max_time   INTEGER,
  leaves     TEXT NOT NULL,
  has_keys   INTEGER NOT NULL,
  gone_at    INTEGER
) STRICT;
INSERT INTO "segment" VALUES('2026-11-22/information-gathering/01m814jm201hw7rrpmxkqr23e6-1-0.parquet',1,'01m814jm201hw7rrpmxkqr23e6',1,'desk','desk',20779,'information-gathering',3,5628,1795334688836,1795334688836,'["attribution.role","attribution.standing","feed.report","source.ip.hi","source.ip.lo","time.source","classification.type","classification.taxonomy","intake","feed.name","time.arrival","classification.identifier","source.port","source.asn","source.geolocation.cc","source.network","source.fqdn","source.url","source.reverse_dns","source.reserved","destination.ip.hi","destination.ip.lo","destination.port","destination.asn","destination.geolocation.cc","destination.fqdn","destination.url","protocol.transport","protocol.application","malware.name","attribution.organisation","attribution.network","attribution.rule","destination.network","key"]',1,NULL);
INSERT INTO "segment" VALUES('2026-11-22/information-gathering/01m814jm3rve85tf6rkzzd2yj1-1-0.parquet',3,'01m814jm3rve85tf6rkzzd2yj1',1,'desk','desk',20779,'information-gathering',1,5142,1795334688888,1795334688888,'["attribution.role","attribution.standing","feed.report","source.ip.hi","source.ip.lo","time.source","classification.type","classification.taxonomy","intake","feed.name","time.arrival","classification.identifier","source.port","source.asn","source.geolocation.cc","source.network","source.fqdn","source.url","source.reverse_dns","source.reserved","destination.ip.hi","destination.ip.lo","destination.port","destination.asn","destination.geolocation.cc","destination.fqdn","destination.url","protocol.transport","protocol.application","malware.name","attribution.organisation","attribution.network","attribution.rule","destination.network","key"]',1,NULL);
CREATE UNIQUE INDEX audit_entry_seq ON audit_entry (seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_entry_unsealed ON audit_entry (id) WHERE seq IS NULL;
CREATE INDEX audit_payload_at ON audit_payload (at, id);
CREATE INDEX audit_payload_object ON audit_payload (object, at, id);
CREATE INDEX organisation_parent ON organisation (parent) WHERE parent IS NOT NULL;
CREATE INDEX network_value ON network (rule, value);
CREATE INDEX network_low ON network (low) WHERE low <> '';
CREATE UNIQUE INDEX intake_content ON intake (feed, report, hash);
CREATE INDEX intake_open ON intake (arrived_at, id) WHERE state = 'accepted';
CREATE INDEX intake_arrived ON intake (arrived_at, id);
CREATE UNIQUE INDEX segment_position ON segment (position);
CREATE INDEX segment_visible ON segment (day, taxonomy) WHERE gone_at IS NULL;
CREATE INDEX segment_intake ON segment (intake);
CREATE INDEX segment_gone ON segment (gone_at) WHERE gone_at IS NOT NULL;
CREATE UNIQUE INDEX fold_position ON fold (position);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('goose_db_version',4);
COMMIT;
