CREATE TABLE public.approval (
    kind text NOT NULL,
    value text NOT NULL,
    name text NOT NULL,
    approved_by text NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.audit_entry (
    id text NOT NULL COLLATE pg_catalog."C",
    commitment bytea NOT NULL,
    seq bigint,
    hash bytea,
    CONSTRAINT audit_entry_check CHECK (((seq IS NULL) = (hash IS NULL)))
);
CREATE TABLE public.audit_head (
    one smallint NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_head_one_check CHECK ((one = 1))
);
CREATE TABLE public.audit_payload (
    id text NOT NULL COLLATE pg_catalog."C",
    salt bytea NOT NULL,
    at bigint NOT NULL,
    actor text NOT NULL COLLATE pg_catalog."C",
    actor_kind text NOT NULL COLLATE pg_catalog."C",
    via text NOT NULL COLLATE pg_catalog."C",
    operation text NOT NULL COLLATE pg_catalog."C",
    object text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C",
    before_value text NOT NULL COLLATE pg_catalog."C",
    after_value text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.bounce (
    digest text NOT NULL COLLATE pg_catalog."C",
    delivery text NOT NULL COLLATE pg_catalog."C",
    action text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL
);
CREATE TABLE public.contact (
    id text NOT NULL COLLATE pg_catalog."C",
    organisation text NOT NULL COLLATE pg_catalog."C",
    channel text NOT NULL COLLATE pg_catalog."C",
    address text NOT NULL COLLATE pg_catalog."C",
    purpose text NOT NULL COLLATE pg_catalog."C",
    language text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    pgp_key text DEFAULT ''::text NOT NULL,
    pgp_fingerprint text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    pgp_expires bigint DEFAULT 0 NOT NULL,
    health text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    encryption text DEFAULT ''::text NOT NULL,
    CONSTRAINT contact_encryption_check CHECK ((encryption = ANY (ARRAY[''::text, 'required'::text])))
);
CREATE TABLE public.delivery (
    id text NOT NULL COLLATE pg_catalog."C",
    channel text NOT NULL COLLATE pg_catalog."C",
    contact text NOT NULL COLLATE pg_catalog."C",
    organisation text NOT NULL COLLATE pg_catalog."C",
    to_name text NOT NULL COLLATE pg_catalog."C",
    address text NOT NULL COLLATE pg_catalog."C",
    domain text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    message_id text NOT NULL COLLATE pg_catalog."C",
    return_path text NOT NULL COLLATE pg_catalog."C",
    label text NOT NULL COLLATE pg_catalog."C",
    ticket text NOT NULL COLLATE pg_catalog."C",
    batch text NOT NULL COLLATE pg_catalog."C",
    decision text NOT NULL COLLATE pg_catalog."C",
    size bigint NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    claimed_by text NOT NULL COLLATE pg_catalog."C",
    attempt bigint NOT NULL,
    doubts bigint NOT NULL,
    created_at bigint NOT NULL,
    next_at bigint NOT NULL,
    first_at bigint NOT NULL,
    last_at bigint NOT NULL,
    settled_at bigint NOT NULL,
    code bigint NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    detail text NOT NULL COLLATE pg_catalog."C",
    contact_digest text DEFAULT ''::text NOT NULL,
    CONSTRAINT delivery_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'accepted'::text, 'doubtful'::text, 'held'::text, 'refused'::text, 'bounced'::text, 'cancelled'::text])))
);
CREATE TABLE public.delivery_attempt (
    delivery text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    outcome text NOT NULL COLLATE pg_catalog."C",
    code bigint NOT NULL,
    status text NOT NULL COLLATE pg_catalog."C",
    detail text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.delivery_body (
    delivery text NOT NULL COLLATE pg_catalog."C",
    bytes bytea NOT NULL
);
CREATE TABLE public.delivery_down (
    channel text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C",
    since bigint NOT NULL
);
CREATE TABLE public.delivery_feed (
    delivery text NOT NULL COLLATE pg_catalog."C",
    feed text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.finding_kind (
    id bigint NOT NULL,
    feed text NOT NULL COLLATE pg_catalog."C",
    report text NOT NULL COLLATE pg_catalog."C",
    severity text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL COLLATE pg_catalog."C",
    standing text NOT NULL COLLATE pg_catalog."C",
    transport text NOT NULL COLLATE pg_catalog."C",
    malware text NOT NULL COLLATE pg_catalog."C",
    taxonomy text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    identifier text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.finding_owner (
    id bigint NOT NULL,
    network text NOT NULL COLLATE pg_catalog."C",
    rule text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.finding_row (
    key bytea NOT NULL,
    kind bigint NOT NULL,
    last_seen bigint NOT NULL,
    state text DEFAULT 'open'::text NOT NULL COLLATE pg_catalog."C",
    organisation text NOT NULL COLLATE pg_catalog."C",
    owner bigint NOT NULL,
    first_seen bigint NOT NULL,
    events bigint NOT NULL,
    sources bigint NOT NULL,
    told bigint DEFAULT 0 NOT NULL,
    told_events bigint DEFAULT 0 NOT NULL,
    next_at bigint DEFAULT 0 NOT NULL,
    due bigint,
    since bigint NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    port bigint NOT NULL,
    fqdn text NOT NULL COLLATE pg_catalog."C",
    url text NOT NULL COLLATE pg_catalog."C",
    addr bytea,
    reason text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    until_at bigint DEFAULT 0 NOT NULL,
    mark bigint
)
WITH (fillfactor='80');
CREATE VIEW public.finding AS
 SELECT r.key,
    r.organisation,
    o.network,
    o.rule,
    k.role,
    k.standing,
    r.addr,
    r.port,
    k.transport,
    r.fqdn,
    r.url,
    k.malware,
    k.taxonomy,
    k.type,
    k.identifier,
    k.feed,
    k.report,
    k.severity,
    r.sources,
    r.first_seen,
    r.last_seen,
    r.events,
    r.state,
    r.since,
    r.reason,
    r.until_at,
    r.told,
    r.told_events,
    r.next_at,
    r.due,
    r.version,
    r.mark,
    r.kind,
    r.owner
   FROM ((public.finding_row r
     LEFT JOIN public.finding_owner o ON ((o.id = r.owner)))
     LEFT JOIN public.finding_kind k ON ((k.id = r.kind)));
CREATE TABLE public.finding_apply (
    one bigint NOT NULL,
    pieces text NOT NULL COLLATE pg_catalog."C",
    last_key bytea NOT NULL,
    facts bigint NOT NULL,
    CONSTRAINT finding_apply_one_check CHECK ((one = 1))
);
CREATE TABLE public.finding_history (
    key bytea NOT NULL,
    version bigint NOT NULL,
    at bigint NOT NULL,
    from_state text NOT NULL COLLATE pg_catalog."C",
    to_state text NOT NULL COLLATE pg_catalog."C",
    actor text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.finding_intake (
    intake text NOT NULL COLLATE pg_catalog."C",
    earliest bigint NOT NULL,
    facts bigint NOT NULL,
    settled bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.finding_run (
    feed text NOT NULL COLLATE pg_catalog."C",
    report text NOT NULL COLLATE pg_catalog."C",
    intake text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    facts bigint NOT NULL
);
CREATE TABLE public.finding_source (
    "bit" bigint NOT NULL,
    feed text NOT NULL COLLATE pg_catalog."C",
    label bigint NOT NULL,
    receivers text NOT NULL COLLATE pg_catalog."C",
    attribution text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.finding_told (
    message text NOT NULL COLLATE pg_catalog."C",
    key bytea NOT NULL,
    at bigint NOT NULL,
    before bigint NOT NULL,
    events bigint NOT NULL,
    failed bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.fold (
    path text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    intake text NOT NULL,
    row_count bigint NOT NULL,
    done_rows bigint NOT NULL
);
CREATE TABLE public.goose_db_version (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);
ALTER TABLE public.goose_db_version ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.goose_db_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.intake (
    id text NOT NULL COLLATE pg_catalog."C",
    feed text NOT NULL,
    report text NOT NULL,
    format text NOT NULL,
    name text NOT NULL,
    hash text NOT NULL,
    blob text NOT NULL,
    blob_bytes bigint NOT NULL,
    bytes bigint NOT NULL,
    state text NOT NULL,
    attempt bigint NOT NULL,
    actor text NOT NULL,
    arrived_at bigint NOT NULL,
    done_at bigint NOT NULL,
    row_count bigint NOT NULL,
    events bigint NOT NULL,
    duplicates bigint NOT NULL,
    set_aside bigint NOT NULL,
    attributed bigint NOT NULL,
    aside text NOT NULL,
    notes text NOT NULL,
    error text NOT NULL,
    terms text DEFAULT '{}'::text NOT NULL,
    CONSTRAINT intake_state_check CHECK ((state = ANY (ARRAY['accepted'::text, 'done'::text, 'undecided'::text, 'failed'::text])))
);
CREATE TABLE public.lease (
    name text NOT NULL COLLATE pg_catalog."C",
    holder text NOT NULL COLLATE pg_catalog."C",
    epoch bigint NOT NULL,
    expires bigint NOT NULL
);
CREATE TABLE public.manifest_head (
    one bigint NOT NULL,
    "position" bigint NOT NULL,
    CONSTRAINT manifest_head_one_check CHECK ((one = 1))
);
CREATE TABLE public.network (
    id text NOT NULL COLLATE pg_catalog."C",
    organisation text NOT NULL COLLATE pg_catalog."C",
    rule text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    low text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    valid_from bigint DEFAULT 0 NOT NULL,
    valid_until bigint DEFAULT 0 NOT NULL,
    approved_by text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    approved_at bigint DEFAULT 0 NOT NULL,
    version bigint NOT NULL
);
CREATE TABLE public.notification (
    id text NOT NULL,
    run text NOT NULL,
    organisation text NOT NULL,
    contact text NOT NULL,
    ticket text NOT NULL,
    findings bigint NOT NULL,
    events bigint NOT NULL,
    parts bigint NOT NULL,
    label text NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.notification_thread (
    organisation text NOT NULL,
    contact text NOT NULL,
    ticket text NOT NULL,
    first_message text NOT NULL,
    last_message text NOT NULL,
    last_at bigint NOT NULL,
    amounts text NOT NULL
);
CREATE TABLE public.notification_topic (
    organisation text NOT NULL,
    class text NOT NULL,
    told bigint NOT NULL
);
CREATE TABLE public.organisation (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    name_key text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    sector text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    country text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    parent text COLLATE pg_catalog."C",
    criticality text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL
);
CREATE TABLE public.outbox (
    id text NOT NULL COLLATE pg_catalog."C",
    topic text NOT NULL,
    subject text NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.rdap_cache (
    question text NOT NULL COLLATE pg_catalog."C",
    answer text NOT NULL,
    fetched bigint NOT NULL,
    expires bigint NOT NULL
);
CREATE TABLE public.register_state (
    one integer NOT NULL,
    register text NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT register_state_one_check CHECK ((one = 1))
);
CREATE TABLE public.release_decision (
    id text NOT NULL COLLATE pg_catalog."C",
    item_key bytea NOT NULL,
    item_kind text NOT NULL,
    item_id text NOT NULL,
    item_version text NOT NULL,
    item_count bigint NOT NULL,
    owner text NOT NULL COLLATE pg_catalog."C",
    feed text NOT NULL,
    label text NOT NULL,
    receivers text NOT NULL,
    attribution text NOT NULL,
    organisation text NOT NULL COLLATE pg_catalog."C",
    contact text NOT NULL,
    audience text NOT NULL,
    grant_id text NOT NULL,
    policy bigint NOT NULL,
    outcome text NOT NULL,
    rule text NOT NULL,
    reason text NOT NULL,
    decided_by text NOT NULL,
    decided_at bigint NOT NULL,
    CONSTRAINT release_decision_outcome_check CHECK ((outcome = ANY (ARRAY['allowed'::text, 'refused'::text, 'held'::text])))
);
CREATE TABLE public.release_grant (
    id text NOT NULL COLLATE pg_catalog."C",
    about text NOT NULL COLLATE pg_catalog."C",
    to_organisation text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL,
    granted_by text NOT NULL,
    from_at bigint NOT NULL,
    until_at bigint NOT NULL,
    revoked_at bigint DEFAULT 0 NOT NULL,
    revoked_by text DEFAULT ''::text NOT NULL,
    revoked_for text DEFAULT ''::text NOT NULL
);
CREATE TABLE public.segment (
    path text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    intake text NOT NULL,
    attempt bigint NOT NULL,
    feed text NOT NULL,
    report text NOT NULL,
    day bigint NOT NULL,
    taxonomy text NOT NULL,
    row_count bigint NOT NULL,
    bytes bigint NOT NULL,
    min_time bigint,
    max_time bigint,
    leaves text NOT NULL,
    has_keys smallint NOT NULL,
    gone_at bigint
);
CREATE TABLE public.stop_order (
    scope text NOT NULL COLLATE pg_catalog."C",
    ordered_by text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL
);
CREATE TABLE public.task (
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    organisation text NOT NULL COLLATE pg_catalog."C",
    contact text NOT NULL COLLATE pg_catalog."C",
    object text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL COLLATE pg_catalog."C",
    detail text NOT NULL COLLATE pg_catalog."C",
    advice text NOT NULL COLLATE pg_catalog."C",
    raised bigint NOT NULL,
    last bigint NOT NULL,
    count bigint NOT NULL,
    done bigint NOT NULL,
    done_by text NOT NULL COLLATE pg_catalog."C",
    outcome text NOT NULL COLLATE pg_catalog."C"
);
INSERT INTO public.approval VALUES ('class', 'scanner', 'scanner', 'os:0', 1795334712462);
INSERT INTO public.approval VALUES ('feed', 'desk', 'desk', 'os:0', 1795334712462);
INSERT INTO public.approval VALUES ('organisation', '01m814jp34eepnkc3ebsrm0myy', 'City Hospital', 'os:0', 1795334712462);
INSERT INTO public.approval VALUES ('organisation', '01m814jp34w8wgn7ffnh474xcv', 'Harbour Works', 'os:0', 1795334712462);
INSERT INTO public.audit_entry VALUES ('01m814jp33ag1gdg5m57n1hee0', '\xe4f5d4eee2fa5d64a77a35c3be3ba72460f48c629570d5ce46acb7a82ea06820', 1, '\xcc314e6bcf97c82857e65546c04ce497d2d299122c3f21ded74e2657ae3dd466');
INSERT INTO public.audit_entry VALUES ('01m814jp8m73hdtbkfbz817bc5', '\x0a074bbac0c250cba9c89b9f5ca07c1f81e800b4b1112e0046365276d7c43196', 2, '\x04150729910cdb5d5639a224217054d4728b8cd0dacd642a0f2e66c5d4188a0f');
INSERT INTO public.audit_entry VALUES ('01m814jp8xpce3nqb2tg5jw48n', '\x10fd454946592d816321be7227be5b74a761be5b7629b233464a0e56d5492360', 3, '\x2a793fc262a26531cafc1a09621948c45c46ce67311620771484c8c6b8e47d35');
INSERT INTO public.audit_entry VALUES ('01m814jpfyz2r6rr86mp5hvdsj', '\x992ada2284217aab6663524c786b07e4b45c71532c445e180c3a83edc49a74cd', 4, '\x19f9bb596d1fe9b96ebd6ca9822d15838ef4ca810b69d7ec170ee03f8a8df9bb');
INSERT INTO public.audit_entry VALUES ('01m814jpg6vwg34xjpx0xtnek2', '\xa064086072e9d6f5495cdc74a8a6593a8d00e2b181d1351b86288391fa47b0cb', 5, '\x0a8e801ba34e82a3d7fc04b192efd6cb627b4881ea22475b31098b063b951f7c');
INSERT INTO public.audit_entry VALUES ('01m814jpssfpxe9b9a9cccpvvg', '\x04758b0f6346af8cf595044cdce12b53421ba708843d8a3b700a3091094bffb4', 6, '\x3d366ce75f8c94099e9c55a36897c9bfca2ce5e28664e2e26e2d2805b4f213e7');
INSERT INTO public.audit_entry VALUES ('01m814kb4e353xxh53c1qttxwr', '\x4a5961cdb78131738af1fdb8ef7f3151d6e840fc0437d3987765d0297a1c4b51', 7, '\x499d3f79166b89c454e856d3085d9fee27497a7e6da9736472e9966cfe068eb6');
INSERT INTO public.audit_entry VALUES ('01m814kb4er0np1rjkrahr4ad3', '\x2be4c1709eab887f4e508e7a01bdc9e1f26c65cfcb7b4ca76bdc4e82c067698e', 8, '\x9785ee911cac68e4cce9565d2d10127d5abc9bccccec7b5f8f1dfab1ce201f13');
INSERT INTO public.audit_entry VALUES ('01m814kb4ev347xdr7g8kxfkx9', '\xbf2cbc54f3cded99cba5805fcc06bfb7eb814e15d0a50df192884986581b44d6', 9, '\x024ab311de6ac61b776ada956ce1841fb323dda29aa794dcd688e2e43bf15e40');
INSERT INTO public.audit_entry VALUES ('01m814kb4ewgdstk1gkvxcsz8r', '\x2eba2d419ed89eb79609ec460a68fd58e6343992bd1902ab99b0ef6568a03ec0', 10, '\x94ab88a1cc2709be51714ffe66dbcdec0aa2c92ee7bfdd54c2f99aba983dfd1b');
INSERT INTO public.audit_entry VALUES ('01m814kb8xedp1xbd28wzkqxyd', '\xff84fa8378c9b428997f5fab9decb97ee2e7fdcbec260a1657d7143499bb71f7', 11, '\xbfec231897f17ec6890e7d5efb4a3d6fd8b88cfd8b46e5d055a64ac829613ce2');
INSERT INTO public.audit_entry VALUES ('01m814kb8xyh64h3ak08bt0yak', '\xea0fe426da1664caeb13ef5569e54901b34d27af9003a280c5f6c1d2ed34c183', 12, '\x82d716b795e8b09027f29d977cd8dfc6883934cf6c186599b019253a8a676d7a');
INSERT INTO public.audit_entry VALUES ('01m814kb9gvwxy70gzesq0dmq9', '\xe0802012b482c9bf59b125215020db136385f6f851db23b6f06d52e67e6a62dc', 13, '\x42eafd83cb446f1da988dc812c74ad2e812f44dc6a303ede56a13922fd0e8bef');
INSERT INTO public.audit_entry VALUES ('01m814kbjkbakv7rbv34kzajae', '\xffe8305328470ee07f0bd8149aeb7300187230fd7685dfa2d6e5114491f9a53e', 14, '\x3de83a9d1aae5c14b310f1690b912e0c2b73f8317f8d5ff9b1496892ffda0a49');
INSERT INTO public.audit_entry VALUES ('01m814kbn6pqtkasje14cfavgj', '\x8e2937c18408321cf122cc355aecfeeb2caea0b6d4f9cd2ae105950d3f8f96db', 15, '\x29dea89bd6a44b9d2e19bfe9196493c2e5665a3445a95d145657a0f893f0cf3a');
INSERT INTO public.audit_head VALUES (1, 15, '\x29dea89bd6a44b9d2e19bfe9196493c2e5665a3445a95d145657a0f893f0cf3a');
INSERT INTO public.audit_payload VALUES ('01m814jp33ag1gdg5m57n1hee0', '\x3a0224f338627eba50f70c24acc13529a4dfd3f466e784734058ad388cb38346', 1795334690915, 'os:0', 'os-user', 'cli', 'constituency.import', 'register', '', '', '{"changes":[{"op":"add","what":"organisation","organisation":"City Hospital"},{"op":"add","what":"organisation","organisation":"Harbour Works"},{"op":"add","what":"network","organisation":"City Hospital","value":"192.0.2.0/24"},{"op":"add","what":"contact","organisation":"City Hospital","value":"security@hospital.example","detail":"abuse"},{"op":"add","what":"network","organisation":"Harbour Works","value":"198.51.100.0/24"},{"op":"add","what":"contact","organisation":"Harbour Works","value":"abuse@harbour.example","detail":"abuse"}],"file":"register.csv","part":"1 of 1","sha256":"7294b34afc683fbcdb7590f430db49239b301d8436c8f895c2604ac0506e60d2"}');
INSERT INTO public.audit_payload VALUES ('01m814jp8m73hdtbkfbz817bc5', '\x2da0d6efa6c24bb5563ea9fec919d686ebfd23d651f98041aaf0dee4fa3d2096', 1795334691092, 'os:0', 'os-user', 'cli', 'feed.ingest', '01m814jp88gvd04pst0bkh0y55', '', '', '{"bytes":42,"feed":"desk","name":"list.txt","report":"desk","sha256":"d7ced295454f7898a4d5c76876b07a96089826322ea31f277efbb4911978ce58","state":"accepted"}');
INSERT INTO public.audit_payload VALUES ('01m814jp8xpce3nqb2tg5jw48n', '\x3a436e49d8d06e1b65cbce4f7f7e4e05b42553da38a970c413666a4e1db3dd6f', 1795334691101, 'os:0', 'os-user', 'cli', 'feed.ingest', '01m814jp88gvd04pst0bkh0y55', '', '{"state":"accepted"}', '{"counts":{"rows":4,"events":3,"duplicates":0,"set_aside":1,"attributed":3,"unattributed":0},"state":"done"}');
INSERT INTO public.audit_payload VALUES ('01m814jpfyz2r6rr86mp5hvdsj', '\xdd84796665e78bc75ce1960154d28000ab06f8023159df4a0e0a5eabd968f330', 1795334691326, 'os:0', 'os-user', 'cli', 'feed.ingest', '01m814jpdr7md1p48by81y9hgg', '', '', '{"bytes":20,"feed":"desk","name":"list2.txt","report":"desk","sha256":"7f75a064c2326a80e13480076a6841e0e26a91ff769cd853b51be6a8b7395bf3","state":"accepted"}');
INSERT INTO public.audit_payload VALUES ('01m814jpg6vwg34xjpx0xtnek2', '\xf7673d067ff85a03144c1e94351162fb20265b43a5b1cf7f547a942004e62f74', 1795334691334, 'os:0', 'os-user', 'cli', 'feed.ingest', '01m814jpdr7md1p48by81y9hgg', '', '{"state":"accepted"}', '{"counts":{"rows":2,"events":1,"duplicates":1,"set_aside":0,"attributed":1,"unattributed":0},"state":"done"}');
INSERT INTO public.audit_payload VALUES ('01m814jpssfpxe9b9a9cccpvvg', '\xd2453d7c24763ab0df02d74c37b1a7a034e9a5fbb7d2dfbdeae30535db817142', 1795334691641, 'os:0', 'os-user', 'cli', 'finding.apply', 'findings', '', '', '{"Facts":4,"New":4,"Reopened":0,"Gone":0,"Seconds":0}');
INSERT INTO public.audit_payload VALUES ('01m814kb4er0np1rjkrahr4ad3', '\x62c2661216acad4f2b171a698a51b1c40130697edc5cc927d15626669a8d0744', 1795334712462, 'os:0', 'os-user', 'cli', 'notification.approve', 'class scanner', '', '', '{"kind":"class","value":"scanner","name":"scanner","by":"os:0","at":"2026-11-22T08:05:12.46284951Z"}');
INSERT INTO public.audit_payload VALUES ('01m814kb4ewgdstk1gkvxcsz8r', '\x884f9bf86a730f1de0f823fe0889f9e47c152daa59ec5f24ec48dc3ceab52ef6', 1795334712462, 'os:0', 'os-user', 'cli', 'notification.approve', 'feed desk', '', '', '{"kind":"feed","value":"desk","name":"desk","by":"os:0","at":"2026-11-22T08:05:12.46284951Z"}');
INSERT INTO public.audit_payload VALUES ('01m814kb4ev347xdr7g8kxfkx9', '\x73bbe2bbedce3c68d94634c9e3f6c8219b1bfae4b4e0c91fa2020b6b654e002a', 1795334712462, 'os:0', 'os-user', 'cli', 'notification.approve', 'organisation 01m814jp34eepnkc3ebsrm0myy', '', '', '{"kind":"organisation","value":"01m814jp34eepnkc3ebsrm0myy","name":"City Hospital","by":"os:0","at":"2026-11-22T08:05:12.46284951Z"}');
INSERT INTO public.audit_payload VALUES ('01m814kb4e353xxh53c1qttxwr', '\x1bde7b2741fd33c1e5e9ee4cddaee691b408702f46c98ef8d90386d14da4aec8', 1795334712462, 'os:0', 'os-user', 'cli', 'notification.approve', 'organisation 01m814jp34w8wgn7ffnh474xcv', '', '', '{"kind":"organisation","value":"01m814jp34w8wgn7ffnh474xcv","name":"Harbour Works","by":"os:0","at":"2026-11-22T08:05:12.46284951Z"}');
INSERT INTO public.audit_payload VALUES ('01m814kb9gvwxy70gzesq0dmq9', '\xd713fba49c7a1790195c881a9a635ac02e7198a31be821b12ca146a234855e87', 1795334712624, 'os:0', 'os-user', 'cli', 'release.decide', '2 decisions', '', '', '{"allowed":2,"decided":2,"digest":"30d1591d50e8a39b93b65b0b6a542b07a9e62759c42cde1f60949244a3e3a88b","policy":1}');
INSERT INTO public.audit_payload VALUES ('01m814kb8xedp1xbd28wzkqxyd', '\x8bbe4845a7daafb59cc02a4520cdeb95ec1c0dc8b4e9ec5b57a055a5c692787a', 1795334712605, 'os:0', 'os-user', 'cli', 'notification.send', '01m814kb8xwp537tp4jrnd64vf', '', '', '{"contact":"01m814jp34ycf8txz35c9dj9me","events":3,"findings":3,"label":"TLP:GREEN","organisation":"01m814jp34eepnkc3ebsrm0myy","parts":1,"run":"01m814kb8hwgh2ye2yyhyhd9h1","ticket":"EXAMPLE-CERT#C8NEAVVM"}');
INSERT INTO public.audit_payload VALUES ('01m814kb8xyh64h3ak08bt0yak', '\x1aa0c821fc3577faef779324dbaeaf74c9f03c96b1c3b02e117c1a04804813f6', 1795334712605, 'os:0', 'os-user', 'cli', 'notification.send', '01m814kb8xv237sagnnx2wkhbm', '', '', '{"contact":"01m814jp34d1zwyrm26ysgwybx","events":1,"findings":1,"label":"TLP:GREEN","organisation":"01m814jp34w8wgn7ffnh474xcv","parts":1,"run":"01m814kb8hwgh2ye2yyhyhd9h1","ticket":"EXAMPLE-CERT#AYERFC2Z"}');
INSERT INTO public.audit_payload VALUES ('01m814kbjkbakv7rbv34kzajae', '\x4ffc89062d1f8af18ad7c9e39c833469c4fd6035290f65487bd9d70db62d27bc', 1795334712915, 'os:0', 'os-user', 'cli', 'delivery.send', 'channel:mail', '', '', '{"sent":2,"deferred":0,"failed":0,"doubtful":0,"held":0,"waiting":0,"stopped":0}');
INSERT INTO public.audit_payload VALUES ('01m814kbn6pqtkasje14cfavgj', '\x037ebf05df31d886626c9c4483048a7d8738a70023300f5c12e50f6a0356b053', 1795334712998, 'os:0', 'os-user', 'cli', 'delivery.stop', 'channel:webhook', 'not yet', '', '');
INSERT INTO public.contact VALUES ('01m814jp34ycf8txz35c9dj9me', '01m814jp34eepnkc3ebsrm0myy', 'mail', 'security@hospital.example', 'abuse', '', '', '', 0, 'unknown', 1, '');
INSERT INTO public.contact VALUES ('01m814jp34d1zwyrm26ysgwybx', '01m814jp34w8wgn7ffnh474xcv', 'mail', 'abuse@harbour.example', 'abuse', '', '', '', 0, 'unknown', 1, '');
INSERT INTO public.delivery VALUES ('01m814kb8xwp537tp4jrnd64vf', 'mail', '01m814jp34ycf8txz35c9dj9me', '01m814jp34eepnkc3ebsrm0myy', 'City Hospital', 'security@hospital.example', 'hospital.example', '[TLP:GREEN] [EXAMPLE-CERT#C8NEAVVM] 3 scanning machines in your network', '<01m814kb8xwp537tp4jrnd64vf@cert.example>', 'bounce+01m814kb8xwp537tp4jrnd64vf.s5ods3jgosoxkqvw7c2joszz@cert.example', 'TLP:GREEN', 'EXAMPLE-CERT#C8NEAVVM', '01m814kb8hwgh2ye2yyhyhd9h1', '01m814kb9g43kymq4xjpcw463q', 8968, 'accepted', 3, '', 1, 0, 1795334712845, 1795334712901, 1795334712887, 1795334712887, 1795334712901, 0, '', 'stored as 1795334712.01m814kb8xwp537tp4jrnd64vf.firehall', '891f4406b994b02d66bbcc03e4ca40694c79cb8d6c1240b204eacfa57a8b25a9');
INSERT INTO public.delivery VALUES ('01m814kb8xv237sagnnx2wkhbm', 'mail', '01m814jp34d1zwyrm26ysgwybx', '01m814jp34w8wgn7ffnh474xcv', 'Harbour Works', 'abuse@harbour.example', 'harbour.example', '[TLP:GREEN] [EXAMPLE-CERT#AYERFC2Z] 1 scanning machine in your network', '<01m814kb8xv237sagnnx2wkhbm@cert.example>', 'bounce+01m814kb8xv237sagnnx2wkhbm.pxqdif4by5eq3u6mpo4iuchr@cert.example', 'TLP:GREEN', 'EXAMPLE-CERT#AYERFC2Z', '01m814kb8hwgh2ye2yyhyhd9h1', '01m814kb9gxgvfgzws8rv33e1y', 6911, 'accepted', 3, '', 1, 0, 1795334712870, 1795334712915, 1795334712903, 1795334712903, 1795334712915, 0, '', 'stored as 1795334712.01m814kb8xv237sagnnx2wkhbm.firehall', 'ef06548a833f6378e1cdcea884e6a0aa18470a458a8c6538c7e2ecd58e33ba81');
INSERT INTO public.delivery_body VALUES ('01m814kb8xwp537tp4jrnd64vf', '\x28b52ffd640822c587008a1051332eb00664d00cec4336e3a414094a57625ac610a5c589303190ade646ee1c599c23aa2ff01f01c5ff07fd5b1cfc292e4203d90235039afb1e6e5fd0ef73d6e6e732fdcffa415b8baf3bf1f9b65dd7affb67fdfd3ee714fc917e1fea8e9c72ca69f1467bbe1b3470b6eb70e11d365f9cef3bb2befd720df21b3130787a88d02ddfb4ab7f902fc520812eb21d3100111a80c0b7e5a8ed0c9cedd5220e382bba9fc120a79c032443011006208c9b7239d41b81ac6fa7f56210a40310b0aebaeb0dbe9c0703c00f3800e18369bddf1f70367f2e27d037056fc7e1f70e0b8e724a07c4cba97bf8f88289c5f27272b6d36db3fd18740fe97b420a0697b7a7007b81c4021445061b488130f81052012f27686bb1dbfc72ee508f9fef739b6f57e9f79f7c73a6957fe2096061d84372194000a0c148200649e580f5e04806f004b824120ce53850d10ce0e50c402780b1df1d56cb0b784cfb05b956f8b15fc83bb446ce0008a06f5b0b780d460279c9cb29499244f013c2b1901c06d2332669fa90be7e9abe208799971301411c491011cfb612dad99e81a400a6669bb1b1544ae03a9b9055092d875d88059de1f44b7d393704a08614e1a485c87d44f8060d0e5c09091f8ca2b040b110181030344683d9c632a864021bb2c92a8c8a6001f12e579d6498842ac450069ac8a38b8c8bb5793973857508400de549df2342d50404a380a5d12c91058581c581cc880b23928548c422d29a20e18e9a23e9243451c2bd36c181fda95c2296f0622d1fcb1669842f270732b03f1289810c141398d1e9583650ac5005f88782db80428821091822a3a0b81fcdb5a0d0f93036b63aaba80cae180df013f1eac1d415b1b4b033bd9c3b23284a03d4d50b772b4b973470f7f958140818740499015d2b3700552e8a0544e7421125b488d1d53e2a10614cb24f28490d4a4f982654342c09617b390f1008a13f9810051489c4a2510081d0ff0063dad97d3d08fce53cf8e4cbe99a25866d3d3cd35d210ead01478da167dbb38638b2be7c5bcc20b12acbc1b9dd2018660c96670d728b31701c9cedfd7e5b9831e81e3e1c91ca603f94736b397ab5de16661c5a63183168310ead717c7a4f1cb6d30842f7721e580c7e54640f7ddb8ac0fd0101ce8a28b61ba1be9c0708f503c5108212253604b62e816d8284e82bc080641b314e0ad325c1d2090d8415c91adb43e8b63f602c26da7103e51b81bec3eeb0d3fcb91983551988049f5067fbfc3eb7b5f88f3ff02ba70d518b09b0fd6ef1b71ee0f1a5dfb622cfb4f3917fb7a07afb6fedf902c5877e827918389fefdb8ff21f297f9c35f70e9e4d4572fea1dfe739dcdfaded3847ed06f9db6dbb2e670f418c6d7dfa1e7d3f76a36f3b50efce35483fd33f18e9f756941363fa5dbfe2178cdb86ec730eebee43bc1e0c6ff1f5bced348602e4d4fd390bc2b43fddda63b7e75ca69d7f000c5f50fda16beee9732a27010e03007bef9ed30745a2ee396af73b2c88767ebf1fb7e7d982fa474e6f3a6bfed9f67eb728a7ddf4b9fd509abf73adf0072eeb6af97f0144b379bb317e7cb7f7506f0f5b6f685bfe6ddb2d0fbf4073bfeda73b0feb536e6b91f7fbf6936957b9ed9403c3b75dc798769eafddbff5676a3164f3dcf7680ba2fd0f3aa8bbe87a08a05fd0d54d2db77b00cdbdeedf33b5dff35bbde1ff1a3e1affffcb99459d4139b49b8a987ebfb547d4f9757fdeabcdd6660ef6bb9d7fc1b871f94edef02f27a8daaebeee2f6a85ce2f06558db7cffab94cf18ff43be8f7b9e5e15b8eedbf9c23a7b7addf93eff3fbfdbee521ad76fb824fbe5dd7f9b9a833e83dfa5fce6db3986df758fe00aab477faba7fbd1e0fdd9a7f39f9b6bd8f5d3621e4ec5b83ffffff78886623a79c7d6bd0ee2f0071cbbd2323e78100886633c023160ec53419100843a75f50609093878fb1ed5fa0f97bee3b449d7fdc7edb90feadff93f516df6efdbe47bffd347f2e53390b38dbb9eddf757e1ba2dddbec0f96bbbc87fa3fbd3d2f26de91f9c38187b6e59bfec4275f2e5fcf27de91ade5cfa9f89d76999c722a2602d2613a4887a98178839c8e1eea8d763edbf5d73ddf07698d3fd36ab37edbf5b79b7ea8c702be433dcac9e973dafdb69ddf8fddbf43fd9d76fdb9e5dc6e8ea39fc59bdee07bf4f3fcb9fc45ca9fdbba43cde5dca1e50f1fb5fdf7f76cb95bf3ddb687e0a7ebd32fe0f7f9edba9c72160c18f09d3ecfdbd6acebf7fb9feec4d71a39e594f3d0ef77fce22d04bfeb2c671995169906c213075f5f4534a62ae715331ecab55c45463bc4b4812890cadd509b88c83a0aecab48148ee62548a42beb488b69f328908a9cf78237934b524d28d772eb574394d132aa5b31e6dbf0952b2ee5ea6aaf0a71d6e90d4abbe2ade4c422aaf60965f102c28dd8d4796072e5bc09c5858da973c55b6d2818269290d1780267eb3a0ee66aafca94c47679b6dc8aa34994c426a7887df58ab7a213af625490da271437c2b20dc4e48a57e37527a34b924c578751d7c534954ecb2c725e04c4325e2257b728eb6a5945ac229ae212b1f0f5558c0aa2818d093736a88a29b9e21544aaaee52aa60dbc72c55a82f351381d0565b40759738fcb061102b7bc8a9cf742545e45b4f12cd2c3b3281e116cac341591445399aa88358a194bba6496d166ea745a6619ebe8425cbc8ea8ca3439a78e7729249f67644012f9543186aa8cd8b78593a933fa2aee28aee3b24ad8c8a834c9b6b1f16921a62a728e8a6b850faf328234167f442cc62362ed4fc40a259a8b7189588c4fc4da503cab4b3456ef789658452aa24b445b581acd9b7cdaa21a5d894de4ba13af2327d6bc6bfa683a04147d89ec8ba38144231d6194c62b8e162eb28e772954f222a3234651693269bd5312dbb7c8a89c5ce2554605c40a2b8d4524422c51472c91432ca222632174e41275c4225eb0354a194b24dd6b7c781697442e101e59f8ca3a1ff6ac44d55c529559725eecbba64ec4d22d38565879155171ad85c4835c975c43091c6d5c40348c7d1adf645bb7f82a202cd33e514613b1829c20ce165a4c9b624271a162da400ca7e3e14f03af44ed4453873f3834dc4c9d114b6c235146f3281c2e74e50a466454128d5a88292dc49fc6b09c6e073ddbaf1b10e2f560188020e741cf96db0d22fc4188d79724872411fc424e39a509c160e0e146dfb1b5e70bac282767f90571fa1e6cf9b83ddfa17e47becfb7ddbe3083f2c53c2ce061df42cd55721ec64cb9ad95fed6dfb3fdc602fa5b7b3ef98238fdaeb3cdba7a0ff8f75d0df9f74c45cd3940ddf968417f803a902d68e1e173d9f2777470dc35dbb79c5a0cbe41ce43b79fe770a83beee895f6acaba833e8e5f4dc2fe8aff9c3276b6c3707d759e3fa56fc030bbad873bf80bbdc877a747056743d5d721a0c914b2279bc11414e0451b41e0a3554d0bc9e192c083809316270e995b28910410207714414ac083c3a72823c9f8740e4534d9d8d67592c1a4f073f97cf63d38058cf26405c40208280217a62888260234d9551681c785816248f87849b2a8a3d7212106c63423320e60f83d7ccc60125134422b9934b1f6025a159002d36dca2b02f522da03bf6aba1c5581712129ab8c834b1f155e4941adff6c0286cdda5207988098f0be6c2e4eb668b1c22f05912cac7d310fe7d26d2e45175121e12be20ca29a704b3d13c2eaacafc01eac05f15254930180ce0dd95dbcae9c1603020712c4635d68f1bb1a9dec6c491539369d865b290582257df483417c4e6d2c140b84f1d10939013b4c8e8b7f83639bb6bda48091c3a5e53c5988a17dfd65d5395e4e474388543bfcdd409b1490345d4863179031b13aec3beaa311487b8960bca35c4659a341929ae25e78865f4c3141762940636302ca2aa9ca045a68de47c7036393b4ca26244463b9f8631df35b23e4dbc7cd642825ce245d3e99bc902613451825ce246638d0fefba64d48391f37135323aa270b4a981b57142d9cb33a431f12cd7ca5aaef8ca9d9004c2e4cc261b8ca51b5dbc4d6522926cae89249b70b47d65546a4c363ea128a670e84781546ece8b8ce28a21e2afcae95d1c2d578c2ac4324dce5163c28d26d486af6fc35c46b928d3a44546e5f460381d4c51a0d2dd4298e23a0c87d35eb5a024b68c515c7755f8d3e4043179c3988c7a300aa4d2a07ce024db4298afe295165e72c51775b9243a1d266fa1ebab7805c1329874f9802a46356a63e3ab0a805e35629416625395534e0aa4723576b5578988ac235d1cad638abbe2ad161fcf92735465966865da7765569750168524ab4812ca2249a375295ea76f349de912b14014eabadaab4078e24894c4262aae155ee40ce1a98ed8c779b4af765dae0a80178f487bd568315138da88326d9786b1040ca4515812228391d34ac034091d86c126ea618af388a8adeb326dc4df44ce0dc47c1ba84d1c2eca3a1afb462dc41acab528549092e88c303947946bb91baa2e3089bb616caa1e4ca276a2afe2d5cd441bcf2267a5e12bc191ae5c41edab7895d1bc45a6654c6d1ca3b8104f1c699269634771577b154ee05839250aa472254c815165ecd898348ce1743c0aa47225d505b58191283104000010c749eff9128854250b420821621002300020021000008005006131fadd3ac84076d4863393d82fa9e057ab9322c9370c068959a802e029ef1d385b27a4446e805da70278dc05e73a3fac7225406288074be1757d668c81de854f69f8628459b80b8896167cd6858856246c0428bb488b25ec199d3d802a885dc9b637d0052628d1573c2cfcb1b1828e89347531b9d06ac9c38374d40153e0eaf51f01e620b5b4745c9661243c3f4de75b39c2b52b584d8b8431f08f5b20a0ffa5949c63e43f3075601aab19b63e0b4bdea8b32aeeaa522afe2f95360c3897511239a1e19f113895a47846f0710c06a8dfa34a10617017709c43db380087682697d85a0052873eda67b40eafe84ecd3fca1b446c7528fef4a201463ecc4691766d56d88f70cd15ac968756039634256bae35c8499aeba28dbdcf57d6d7fb227e60dd84e21b754bf231e30695d675cac8e09120e5483b8800fc81d702c7cdc7d849e0a784d9802194148edb661f32ac9124a2af20692bbbe4488f02eead8d44aa91394783b7883e02a81ab49d13c8a9e047194910a7e1b8dca18a9ffe26f19c130574a79988e45926c1c75089db315c34dc07ead4f447c5004c5b38ed0249538283aad32d13eadb70f5fc2c8506cf136e79e660252ef414210ed4ae818f260d67333495205dbb7b6f025e0bc0d451362a8612c6a21d9614c62576b894887998e8098766c0b48b5d9542590c1299196ff45404180019593f05111619d805bddd85c6b581d06010766f1ab56b0c08d5031f96450dbda787ea4218e203006526cede860b11d298cb788cf91cc9145476e09d5cd96760e2c3c100f6bfc25f4ee98ebfc58b057081e05b5814e43a518c0398a365069c0ce52ea182014a47adab04e076498d6f43ca79e16b51e980b15c87166488083c4bd2a433ae71085c66e5ce75a261e61dbfa21257d6b03786d0fa014c89a002990add817c833920745e96c315074f90f53b032464d565cd4df949f06b20bf83f38fb4fafa3147b564f76ab7567f1bc4410b6d89f96d409b21884d60e61e35e4c0b108a3d1da8dafb53b3ce1c1a20004f31e7512b85500a5a52503f133fcaded427d806b9fc26dffebacb68f371cb75806b42fb8acf78254263351a35c1102e054de3c302dcaa618002a5c02c239863221d0fd2f459f6cb306b0dfb0e573043645067094e47e973f0e8a82c3d5a7553225402c10aed1dc07e2b52155f00c7ba7807bcf839893e0adfd556960c01fac0c6370ec7972a110400311cfc3770043110060d7c58439b30a626bfc8eb694653f4525cb59dff2e30139aa8dc8b2ccaca381db260b35b7819b10023a1857f9860e4cff5e3042408c27af58ea01e2fba993b93480a50c46e1901e33d939824287d6afd4df655fb3278034206798152be4d4788680e6996d890258f363251325c5b2309fcee988b1f688e43ac41d28a8803daad918940a0b443dc5b6af7f06a8c48baf');
INSERT INTO public.delivery_body VALUES ('01m814kb8xv237sagnnx2wkhbm', '\x28b52ffd64ff19256e004ae3a82a2cb006286d00bce94c88948469aca64fad4d66eeb194adf0ff69184f95cf3890b105fcf3f1ff41ff8efa946e06c3025e02830217d74db96a4591128858cce18db3e89382101049228108c952ae860ee9fe92aa26d8998a75db31f4c78be5a4aa84c22785f728f1c365b3f14975bf69fefb2404de23f570fb4aa475ba974475c1c2329d0cb6124361102aaa023ea952c6e4feeb93ca232efd56ff5b3f8e864ebaf55eca6957b8019a45b9702c2309001e8e8582b068143089c852801b90592c1ccc4341e329c02735c047c0eb71a3055c97320e791ef19629823fb067520310b0f37305dcc3b150dce293aaaaaa1a704bf168540f83ca1d5665b909676e597eb863c7271589906e35c098502ee8c14818429b4f61c30fc6c4d1864a02a860b18118160a122e0319ca5719410a3ea989cd380cec4201822644a8549194f96840b1db8b0509c5c2800d1307635893014f960d3605880d328685c2a09d269f840f180e4c083c1698512858122c051dcd27a555c8d1c181674072b191269c2e9ad060228aa086436337cc05614013e14ac8645140d06207a407040d71b3c91406f68c844e27e21626878841674ed76ada272536e0cd58240c8c2084ef6bd4d2f61414a54a32c806c80e9770eac88b44fc44fab1921561321349e6b0369dbce07d256f52d504c5a7423f6fa0e15a6cc027a54f8e4e48b30512f0538010ca7ce5c79010943a9f85565d867267349c03cbe6083aa7d36528580bc819c06af71eb8f065169506828ab661644a954714d97c521045c4e4104b51c0582c1a07058ac87688b5f4fb5cbd88f6494148b77698bb16447e4f5f9a39ca037bc4d283d8f7f7c594c7c555e707212cd8853db4fe2c8a6307f1fa62513f07217a74bf770db7b183c07b943c2a17e24954ebc71e9b7b701b3b0fec4194567cce037b1e21ce97c76f5a897c3e29c85b31a4a74fecfc5ca4730841f7276a3f47389f142462b9602585860863391530bc8af3b5f24c184690256144b0819429f2a4d3f83e9d8b360c22dfe61047c3a29f46509d23d41f9fc74d2fa97610d8955009f943bcf5c839ed3226f5aefea44b3f4effa69d38fa7fdb5abaf5ad9f3d63bff42d65f3aa7bf84b743b648b789faa2700f5c3c765fafa7300b873bc7d5ffaa1eb7ae95b11246cdddd2775497c4b77fc4c494b43cfd823f175bc5d6feeef7f27f161ddda0fe5d6dd7a7184fba44adc7f9ce3ed2446d8bada1287ede6177b77a9f59286905d5dbf1efdb57df749951dde3276ef56d7d577f5d723e57ef303e9d66fe3eb9ac4b7e461f749e5bfe4fded6d3c51e2e8ded4f176ae7a1ecd1ef749e9fc7b970593da198b2e718ae733a949ed8cc5cf7e28e9effcd1995442008ae713802b1a0f866521140ac4a67e382026a547b7f6b71fb076affa83c4d7cbcdf39bb067eca48b33e9bfedea1ef60fb1f6eed2491d74f75bfff68dafbf897efe214f7c57f51eb187387b4e2afca13b9e4898f2eb0dbbc26f75d2adddad9e2bfc71ffb56b4afaa65f68529362580455a2aa140945236170a070c4a41e7bc41bbdd5f528fc6f3bdeb77a0963eb97727fb1ffb7fd33f51197079d475c4e4a53d7f4f3fc5b57d267cf23f64dbfedfab5fedc75347cbbe12cba875d5f52d54e52edfab93c623da93c6e3c11d2df9e7ddfef2a776bfe3d8a21e69cfa4157d7f5db939ad4810001dfd4f5cdcf5dccf9ae1ee28f74ec99d4a42695d8d53f5ded368abef19d14ee7c8f9b1f76f5eeff7a77a997bbe6917bed177b2963d2f147baceff6dec78fbc5beab6b4d452f69e8231e4d6a52937abbd17d6b1611dd6f3c32f8e36fb5b7fae3e2baabc6a2ae150384b7c7c87e9de9c739e4566a45827dfaad20a0301188e8fc1dfd0fd1fde65e01e9fe5443046252932250210e88108894997677c41b4199482b9d4ada00c268fa1269632334023304cd6d846809c2d0ea62697b67165bd80851cd811a52e2c126355a3cd948f26c4e240523710523356543323a98025732125736e482c5caaa839daa9a951210d3964a56b20d98cd42a3d082d882f364d515c22a28cc26658d2a9bafb1c84649053b313a988241d9342c20255bb89c6922d2ca0645b3a050d39fd0f635424d0914d2c25347232dc2a44aa2cdd4b036c605d38d0c6b1339a21168434dcc16dc77b2465a22a2e3c71a95a0c5d670ea686046d499b2abb18a10ad4ea5365a8c36da5073bca61b64df0f3f0226cd251004229382ecfbfab318718849735e558faa1af0c6a42655591104e291b1e7872727d5bdae254dddb3afcbcd751eb13f6e759d7f0bc75bbad5eaf1a0c7bd8db8bb2695282fd5cf71d433f67d3f2c0fd433f648b79634f58def873eae4274e81f376adf9792b87b8878ebf24bae8051b82f6ef4e8dd7ded8f2d9699bbefafe95bd111934aec27796747fce9c7e6e8be9823f12df9a4bcea87ed1e4f902eb6bf3d34bed872fea443be54ad57fdd0d5ce475c3eba3f55ef238df8beebea5dc6a44b3ca1eba4de44df0af0bb66d2330ec06da5617e525fba75a97d7f89abdb33f6fcc070935f38128428a4da4baafd620d26bc4c4f93f2c4aeaeef987dff7fbaa39f45ed9fffdb93daa368ed734eddc395f41bf5ff449cb7c622f54b1d52d2d09f9c94b5d4bf5d493f94f94defbab3f87393e612087f5b3dffcf83283029bcbdfb92a5db69c6de6faebb4bb7f601107eb83cb171e7d4359d94018902c4bd3fd7d4c5d3e9f38e7ef6c797e8d635f472737d5fc45e7678c3176bbfbf77cde4a43e53d74fa2f4fad618c113ddc5dc6bf703c5f3f1cfd64ac2baf78837c973d5945f87f9f7ebd10fb8f39342202a9905cb7612995484235518566c38400c05daa9b36cfa390849141493ce9f8ca4b4004ab01405d5c49b54d67026059505ad40f100077410700a441a2fc237e85c48ca1f2868c728e23457226268e0145409041f4341f25d974462e9ac8b5a6f5203035bb9d012c84b7268aeb389448b45b158ea8532480ad4fb98084a06b5318a1824091ab7f89033354a8e61b2d0c84648230f42cda4aa8370937010b62f43b048c889648193716e56438d6b2208314b8604628a0e4997ea22b9461389453390939a9485f3f14832ccd571058c826717c63241201062cd9c7e4ed344854078270c5e0d0d2b23d21a32d646330d0b980c88a35d2a4587834d409ec907e24c0a6451d0623aef84d9be2fa495363c2d54b406e6d1c04ba835ae866cf1a964f5028eac066616c9331ae82675ba3691136ea26689f42934c2a0b0d446ebc9d40d02276616a30650090ab7f1628d1a327533a9fac1700dcea26e1664711e67c17da7f0d2570d9d3ee0a692809b4931241550797934270b565e9acd16a22abb9ca88597be3a1ad80869d762360dc274a3b544d525a4951fa6ab18bcec44f4550542705c9d2f0f2ccd7244233043d1d4ab8a5a88568d9056b296c86621a738b0b84955b2e365eaa63242f453585b2943d1d40f662315a11103146aaa8c480327962a0b8daa86b581198a665275c17e2e99e5ba64eaa6722167ca94efb82a6739e166b37be9ea5e1583d76843a37d80d12a59af49d91386db17ccdb06a52b41d648c2b99ccdc2cb71513af082e9c6036b54c97a7d32204e65d2d1f444b47d9f88533178ddcc62abfa6eea25d2aacc629b14090ab94ad68b5e3c9963a182394815ec9301b16df1607b0462e4055e8e8bc2ed0ba66b00853691732f7d75b0ea02b130636127ac21ab2e8fc6ba2ad9a43e45075370956c8f1a46a58947d320358c4e168fc6188597e3a268e2c1a52b0f309ccddc4b5f146cbc404d75d54d65589b985dce6a0b5198118d1899f221176b3082172a39812c282104008040204841e603128874290a228410220601180000980080000001208801f6d53ac84076d480a321712155f06aaf52925432488a76f40520286f1e0c05ffa8900a88c18b40471501c05f59588ecd80983c447917ef0bfa8a69509d423e4296f95ba7820c8f04255f99e2805be0e5fd8afd90d1069f154687b114df66127836b1fdb787469688d68264baac2f72b0016e830a230e580146b620007dab07b408890678d9249f824ad48e617168206b43db1f15012bf99a0913c6890b18b34f05319fd37ccb6657356eaf44d21dcb76db674b3f34a08291f7c60793c68201cca0a210e5cf476b347c99b12ed88492c6a125b692c225356cc949f943f483c592671ad4be49202c2681ac8e376fb0d10d5045ea2724c126039b40efbfcf746d147494c2ee418e5a10f740f14081e55c43eae121b91088bc80403284396fe1aa8434662b3ddeba4c640c289bc09d56d54740e2c3850804be825fbbe9d6dbd28be7d1106c901545bc0f54dbf0e9e218834d4ab75fa84280ce49cbea04c80c29ea9d79b0341f43c45e015f37c6721b5a502222f279b0269d6915bb602b5978ac4aba8370612f99c69511fc1c20b41ac09408022244e00ef41bcc0042c7b2fc4eb1a809f26f5640e25b3a25dc249d241d05722e38e3485b6f4e86214076a1767bf1b745a43b68fb82df0678d5417c09aee2d302041c9b317aafdd7cadf6f014079b04647017fa09dc9418fba22e23d81157003da410007e3dc706a5eb11806cc349c7324b3b9fe09f19c46098fac79ade9098fab43ec27ce42937c451d8400056012a0c10bad7699eb92da7c7b3ec6303e6900748ea7cf9e1e0951b455dca4ba468a4827a8d1a2710df0e09c135f64c79463dcca61c88a7e0679581411fa28a36845ce0797f68b37867f81e04a02e0b13e284aa87aff15ffda8bf6e3a27c88d5fefb8c6a3997120bbc39b400ad2a80dcaa103d9c0108a373a20fcd3829101315e5cb1a20164fbd4955c145825062362a88e90d87c833da5f107f772cd6f584c0064045f8e2116c808a32d031932d7468170ef58854409b12ce8a773fa38d6a84846215ea0280276a4e636281d2c10ad1fdb0afe190fda4d4a');
INSERT INTO public.delivery_feed VALUES ('01m814kb8xwp537tp4jrnd64vf', 'desk');
INSERT INTO public.delivery_feed VALUES ('01m814kb8xv237sagnnx2wkhbm', 'desk');
INSERT INTO public.finding_kind VALUES (89499573045543, 'desk', 'desk', '', 'source', 'responsible', '', '', 'information-gathering', 'scanner', '');
INSERT INTO public.finding_owner VALUES (114862224402412, '01m814jp344arxwn17tmy6pn3e', 'prefix');
INSERT INTO public.finding_owner VALUES (123272035163260, '01m814jp34471jy2mvhmf7wg3q', 'prefix');
INSERT INTO public.finding_row VALUES ('\x00000000000000000000ffffc0000201a8666eb1b457729face39d41', 89499573045543, 1795334691080, 'notified', '01m814jp34eepnkc3ebsrm0myy', 114862224402412, 1795334691080, 1, 1, 1795334712605, 1, 1795939512605, NULL, 1795334712605, 1, 0, '', '', NULL, '', 0, NULL);
INSERT INTO public.finding_row VALUES ('\x00000000000000000000ffffc0000202a8666eb1b457729face39d41', 89499573045543, 1795334691080, 'notified', '01m814jp34eepnkc3ebsrm0myy', 114862224402412, 1795334691080, 1, 1, 1795334712605, 1, 1795939512605, NULL, 1795334712605, 1, 0, '', '', NULL, '', 0, NULL);
INSERT INTO public.finding_row VALUES ('\x00000000000000000000ffffc0000203a8666eb1b457729face39d41', 89499573045543, 1795334691256, 'notified', '01m814jp34eepnkc3ebsrm0myy', 114862224402412, 1795334691256, 1, 1, 1795334712605, 1, 1795939512605, NULL, 1795334712605, 1, 0, '', '', NULL, '', 0, NULL);
INSERT INTO public.finding_row VALUES ('\x00000000000000000000ffffc6336407a8666eb1b457729face39d41', 89499573045543, 1795334691080, 'notified', '01m814jp34w8wgn7ffnh474xcv', 123272035163260, 1795334691080, 1, 1, 1795334712605, 1, 1795939512605, NULL, 1795334712605, 1, 0, '', '', NULL, '', 0, NULL);
INSERT INTO public.finding_source VALUES (0, 'desk', 1, '["constituent","provider"]', '');
INSERT INTO public.finding_told VALUES ('01m814kb8xwp537tp4jrnd64vf', '\x00000000000000000000ffffc0000201a8666eb1b457729face39d41', 1795334712605, 0, 0, 0);
INSERT INTO public.finding_told VALUES ('01m814kb8xwp537tp4jrnd64vf', '\x00000000000000000000ffffc0000202a8666eb1b457729face39d41', 1795334712605, 0, 0, 0);
INSERT INTO public.finding_told VALUES ('01m814kb8xwp537tp4jrnd64vf', '\x00000000000000000000ffffc0000203a8666eb1b457729face39d41', 1795334712605, 0, 0, 0);
INSERT INTO public.finding_told VALUES ('01m814kb8xv237sagnnx2wkhbm', '\x00000000000000000000ffffc6336407a8666eb1b457729face39d41', 1795334712605, 0, 0, 0);
INSERT INTO public.goose_db_version VALUES (1, 0, true, '2026-11-22 08:04:50.622245');
INSERT INTO public.goose_db_version VALUES (2, 1, true, '2026-11-22 08:04:50.634095');
INSERT INTO public.goose_db_version VALUES (3, 2, true, '2026-11-22 08:04:50.650282');
INSERT INTO public.goose_db_version VALUES (4, 3, true, '2026-11-22 08:04:50.667856');
INSERT INTO public.goose_db_version VALUES (5, 4, true, '2026-11-22 08:04:50.689861');
INSERT INTO public.goose_db_version VALUES (6, 5, true, '2026-11-22 08:04:50.724953');
INSERT INTO public.goose_db_version VALUES (7, 6, true, '2026-11-22 08:04:50.749163');
INSERT INTO public.goose_db_version VALUES (8, 7, true, '2026-11-22 08:04:50.805441');
INSERT INTO public.goose_db_version VALUES (9, 8, true, '2026-11-22 08:04:50.892533');
INSERT INTO public.goose_db_version VALUES (10, 9, true, '2026-11-22 08:04:50.893489');
INSERT INTO public.goose_db_version VALUES (11, 10, true, '2026-11-22 08:04:50.897745');
INSERT INTO public.intake VALUES ('01m814jp88gvd04pst0bkh0y55', 'desk', 'desk', 'list', 'list.txt', 'd7ced295454f7898a4d5c76876b07a96089826322ea31f277efbb4911978ce58', 'd7/d7ced295454f7898a4d5c76876b07a96089826322ea31f277efbb4911978ce58', 42, 42, 'done', 1, 'os:0', 1795334691080, 1795334691097, 4, 3, 0, 1, 3, '01m814jp88gvd04pst0bkh0y55-1.jsonl.zst', 'null', '', '{"tlp":"TLP:GREEN","receivers":["constituent","provider"]}');
INSERT INTO public.intake VALUES ('01m814jpdr7md1p48by81y9hgg', 'desk', 'desk', 'list', 'list2.txt', '7f75a064c2326a80e13480076a6841e0e26a91ff769cd853b51be6a8b7395bf3', '7f/7f75a064c2326a80e13480076a6841e0e26a91ff769cd853b51be6a8b7395bf3', 20, 20, 'done', 1, 'os:0', 1795334691256, 1795334691332, 2, 1, 1, 0, 1, '', 'null', '', '{"tlp":"TLP:GREEN","receivers":["constituent","provider"]}');
INSERT INTO public.lease VALUES ('feed:desk', '', 2, 0);
INSERT INTO public.lease VALUES ('findings', '', 1, 0);
INSERT INTO public.lease VALUES ('notify', '', 1, 0);
INSERT INTO public.lease VALUES ('delivery:mail', '', 1, 0);
INSERT INTO public.lease VALUES ('audit.seal', '', 7, 0);
INSERT INTO public.manifest_head VALUES (1, 4);
INSERT INTO public.network VALUES ('01m814jp344arxwn17tmy6pn3e', '01m814jp34eepnkc3ebsrm0myy', 'prefix', '192.0.2.0/24', '00000000000000000000ffffc0000200', 0, 0, 'root', 1795334690915, 1);
INSERT INTO public.network VALUES ('01m814jp34471jy2mvhmf7wg3q', '01m814jp34w8wgn7ffnh474xcv', 'prefix', '198.51.100.0/24', '00000000000000000000ffffc6336400', 0, 0, 'root', 1795334690915, 1);
INSERT INTO public.notification VALUES ('01m814kb8xwp537tp4jrnd64vf', '01m814kb8hwgh2ye2yyhyhd9h1', '01m814jp34eepnkc3ebsrm0myy', '01m814jp34ycf8txz35c9dj9me', 'EXAMPLE-CERT#C8NEAVVM', 3, 3, 1, 'TLP:GREEN', 1795334712605);
INSERT INTO public.notification VALUES ('01m814kb8xv237sagnnx2wkhbm', '01m814kb8hwgh2ye2yyhyhd9h1', '01m814jp34w8wgn7ffnh474xcv', '01m814jp34d1zwyrm26ysgwybx', 'EXAMPLE-CERT#AYERFC2Z', 1, 1, 1, 'TLP:GREEN', 1795334712605);
INSERT INTO public.notification_thread VALUES ('01m814jp34eepnkc3ebsrm0myy', '01m814jp34ycf8txz35c9dj9me', 'EXAMPLE-CERT#C8NEAVVM', '<01m814kb8xwp537tp4jrnd64vf@cert.example>', '<01m814kb8xwp537tp4jrnd64vf@cert.example>', 1795334712605, '3');
INSERT INTO public.notification_thread VALUES ('01m814jp34w8wgn7ffnh474xcv', '01m814jp34d1zwyrm26ysgwybx', 'EXAMPLE-CERT#AYERFC2Z', '<01m814kb8xv237sagnnx2wkhbm@cert.example>', '<01m814kb8xv237sagnnx2wkhbm@cert.example>', 1795334712605, '1');
INSERT INTO public.notification_topic VALUES ('01m814jp34eepnkc3ebsrm0myy', 'scanner', 1795334712605);
INSERT INTO public.notification_topic VALUES ('01m814jp34w8wgn7ffnh474xcv', 'scanner', 1795334712605);
INSERT INTO public.organisation VALUES ('01m814jp34eepnkc3ebsrm0myy', 'City Hospital', 'city hospital', 'constituent', '', '', NULL, '', 1, 1795334690915, 1795334690915);
INSERT INTO public.organisation VALUES ('01m814jp34w8wgn7ffnh474xcv', 'Harbour Works', 'harbour works', 'constituent', '', '', NULL, '', 1, 1795334690915, 1795334690915);
INSERT INTO public.register_state VALUES (1, '01m814jp33afaz2jfvqe972rcb', 1);
INSERT INTO public.release_decision VALUES ('01m814kb9g43kymq4xjpcw463q', '\x7be1e9fec090b8c8878957c0ee14cdbaf86a4413a09dc3e819574fe92f99dcf7', 'findings', '01m814jp34eepnkc3ebsrm0myy/desk', '1', 0, '01m814jp34eepnkc3ebsrm0myy', 'desk', 'TLP:GREEN', '["constituent","provider"]', '', '01m814jp34eepnkc3ebsrm0myy', '01m814jp34ycf8txz35c9dj9me', '9023d2fc31943a2301659b41ab9d164c', '', 1, 'allowed', 'own-network', 'It is about the network of City Hospital itself, and TLP:GREEN and the terms of the feed desk allow it.', 'os:0', 1795334712624);
INSERT INTO public.release_decision VALUES ('01m814kb9gxgvfgzws8rv33e1y', '\xb4a5d82e8ac7dc9b613b92c965180147930690967f528eb581f9ee9b10d67f06', 'findings', '01m814jp34w8wgn7ffnh474xcv/desk', '1', 0, '01m814jp34w8wgn7ffnh474xcv', 'desk', 'TLP:GREEN', '["constituent","provider"]', '', '01m814jp34w8wgn7ffnh474xcv', '01m814jp34d1zwyrm26ysgwybx', '2c68db0cf050c80b5ca1f9f1024e74b6', '', 1, 'allowed', 'own-network', 'It is about the network of Harbour Works itself, and TLP:GREEN and the terms of the feed desk allow it.', 'os:0', 1795334712624);
INSERT INTO public.segment VALUES ('2026-11-22/information-gathering/01m814jp88gvd04pst0bkh0y55-1-0.parquet', 1, '01m814jp88gvd04pst0bkh0y55', 1, 'desk', 'desk', 20779, 'information-gathering', 3, 5627, 1795334691080, 1795334691080, '["attribution.role","attribution.standing","feed.report","source.ip.hi","source.ip.lo","time.source","classification.type","classification.taxonomy","intake","feed.name","time.arrival","classification.identifier","source.port","source.asn","source.geolocation.cc","source.network","source.fqdn","source.url","source.reverse_dns","source.reserved","destination.ip.hi","destination.ip.lo","destination.port","destination.asn","destination.geolocation.cc","destination.fqdn","destination.url","protocol.transport","protocol.application","malware.name","attribution.organisation","attribution.network","attribution.rule","destination.network","key"]', 1, NULL);
INSERT INTO public.segment VALUES ('2026-11-22/information-gathering/01m814jpdr7md1p48by81y9hgg-1-0.parquet', 3, '01m814jpdr7md1p48by81y9hgg', 1, 'desk', 'desk', 20779, 'information-gathering', 1, 5142, 1795334691256, 1795334691256, '["attribution.role","attribution.standing","feed.report","source.ip.hi","source.ip.lo","time.source","classification.type","classification.taxonomy","intake","feed.name","time.arrival","classification.identifier","source.port","source.asn","source.geolocation.cc","source.network","source.fqdn","source.url","source.reverse_dns","source.reserved","destination.ip.hi","destination.ip.lo","destination.port","destination.asn","destination.geolocation.cc","destination.fqdn","destination.url","protocol.transport","protocol.application","malware.name","attribution.organisation","attribution.network","attribution.rule","destination.network","key"]', 1, NULL);
INSERT INTO public.stop_order VALUES ('channel:webhook', 'root (os:0)', 'not yet', 1795334712998);
SELECT pg_catalog.setval('public.goose_db_version_id_seq', 11, true);
ALTER TABLE ONLY public.approval
    ADD CONSTRAINT approval_pkey PRIMARY KEY (kind, value);
ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.audit_payload
    ADD CONSTRAINT audit_payload_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.bounce
    ADD CONSTRAINT bounce_pkey PRIMARY KEY (digest);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT contact_organisation_channel_address_purpose_key UNIQUE (organisation, channel, address, purpose);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT contact_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.delivery_attempt
    ADD CONSTRAINT delivery_attempt_pkey PRIMARY KEY (delivery, id);
ALTER TABLE ONLY public.delivery_body
    ADD CONSTRAINT delivery_body_pkey PRIMARY KEY (delivery);
ALTER TABLE ONLY public.delivery_down
    ADD CONSTRAINT delivery_down_pkey PRIMARY KEY (channel);
ALTER TABLE ONLY public.delivery_feed
    ADD CONSTRAINT delivery_feed_pkey PRIMARY KEY (delivery, feed);
ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.finding_apply
    ADD CONSTRAINT finding_apply_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.finding_history
    ADD CONSTRAINT finding_history_pkey PRIMARY KEY (key, version);
ALTER TABLE ONLY public.finding_intake
    ADD CONSTRAINT finding_intake_pkey PRIMARY KEY (intake);
ALTER TABLE ONLY public.finding_kind
    ADD CONSTRAINT finding_kind_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.finding_owner
    ADD CONSTRAINT finding_owner_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.finding_row
    ADD CONSTRAINT finding_row_pkey PRIMARY KEY (key);
ALTER TABLE ONLY public.finding_run
    ADD CONSTRAINT finding_run_pkey PRIMARY KEY (feed, report);
ALTER TABLE ONLY public.finding_source
    ADD CONSTRAINT finding_source_feed_label_receivers_attribution_key UNIQUE (feed, label, receivers, attribution);
ALTER TABLE ONLY public.finding_source
    ADD CONSTRAINT finding_source_pkey PRIMARY KEY ("bit");
ALTER TABLE ONLY public.finding_told
    ADD CONSTRAINT finding_told_pkey PRIMARY KEY (message, key);
ALTER TABLE ONLY public.fold
    ADD CONSTRAINT fold_pkey PRIMARY KEY (path);
ALTER TABLE ONLY public.goose_db_version
    ADD CONSTRAINT goose_db_version_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.intake
    ADD CONSTRAINT intake_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.manifest_head
    ADD CONSTRAINT manifest_head_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.network
    ADD CONSTRAINT network_organisation_rule_value_key UNIQUE (organisation, rule, value);
ALTER TABLE ONLY public.network
    ADD CONSTRAINT network_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notification
    ADD CONSTRAINT notification_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.notification_thread
    ADD CONSTRAINT notification_thread_pkey PRIMARY KEY (organisation, contact);
ALTER TABLE ONLY public.notification_topic
    ADD CONSTRAINT notification_topic_pkey PRIMARY KEY (organisation, class);
ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT organisation_name_key_key UNIQUE (name_key);
ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT organisation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.rdap_cache
    ADD CONSTRAINT rdap_cache_pkey PRIMARY KEY (question);
ALTER TABLE ONLY public.register_state
    ADD CONSTRAINT register_state_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.release_decision
    ADD CONSTRAINT release_decision_item_key_key UNIQUE (item_key);
ALTER TABLE ONLY public.release_decision
    ADD CONSTRAINT release_decision_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.release_grant
    ADD CONSTRAINT release_grant_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.segment
    ADD CONSTRAINT segment_pkey PRIMARY KEY (path);
ALTER TABLE ONLY public.stop_order
    ADD CONSTRAINT stop_order_pkey PRIMARY KEY (scope);
ALTER TABLE ONLY public.task
    ADD CONSTRAINT task_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX audit_entry_seq ON public.audit_entry USING btree (seq) WHERE (seq IS NOT NULL);
CREATE INDEX audit_entry_unsealed ON public.audit_entry USING btree (id) WHERE (seq IS NULL);
CREATE INDEX audit_payload_at ON public.audit_payload USING btree (at, id);
CREATE INDEX audit_payload_object ON public.audit_payload USING btree (object, at, id);
CREATE INDEX bounce_delivery ON public.bounce USING btree (delivery, at);
CREATE INDEX delivery_claimed ON public.delivery USING btree (channel) WHERE (state = 'sending'::text);
CREATE INDEX delivery_due ON public.delivery USING btree (channel, next_at, id, domain, batch) WHERE (state = ANY (ARRAY['queued'::text, 'doubtful'::text]));
CREATE INDEX delivery_feed_name ON public.delivery_feed USING btree (feed, delivery);
CREATE UNIQUE INDEX delivery_message ON public.delivery USING btree (message_id);
CREATE INDEX delivery_settled ON public.delivery USING btree (settled_at) WHERE (settled_at > 0);
CREATE INDEX delivery_state ON public.delivery USING btree (state, id);
CREATE INDEX finding_addr ON public.finding_row USING btree (addr) WHERE (addr IS NOT NULL);
CREATE INDEX finding_due ON public.finding_row USING btree (organisation, key) WHERE (due IS NOT NULL);
CREATE INDEX finding_mark ON public.finding_row USING btree (mark) WHERE (mark IS NOT NULL);
CREATE INDEX finding_muted ON public.finding_row USING btree (until_at) WHERE (until_at > 0);
CREATE INDEX finding_told_key ON public.finding_told USING btree (key, at);
CREATE UNIQUE INDEX fold_position ON public.fold USING btree ("position");
CREATE INDEX intake_arrived ON public.intake USING btree (arrived_at, id);
CREATE UNIQUE INDEX intake_content ON public.intake USING btree (feed, report, hash);
CREATE INDEX intake_open ON public.intake USING btree (arrived_at, id) WHERE (state = 'accepted'::text);
CREATE INDEX network_low ON public.network USING btree (low) WHERE (low <> ''::text);
CREATE INDEX network_value ON public.network USING btree (rule, value);
CREATE UNIQUE INDEX notification_ticket ON public.notification_thread USING btree (ticket);
CREATE INDEX organisation_parent ON public.organisation USING btree (parent) WHERE (parent IS NOT NULL);
CREATE INDEX outbox_topic ON public.outbox USING btree (topic, id);
CREATE INDEX release_decision_organisation ON public.release_decision USING btree (organisation, id);
CREATE INDEX release_decision_owner ON public.release_decision USING btree (owner, id);
CREATE INDEX release_decision_refused ON public.release_decision USING btree (id) WHERE (outcome <> 'allowed'::text);
CREATE INDEX release_grant_pair ON public.release_grant USING btree (about, to_organisation);
CREATE INDEX segment_gone ON public.segment USING btree (gone_at) WHERE (gone_at IS NOT NULL);
CREATE INDEX segment_intake ON public.segment USING btree (intake);
CREATE UNIQUE INDEX segment_position ON public.segment USING btree ("position");
CREATE INDEX segment_visible ON public.segment USING btree (day, taxonomy) WHERE (gone_at IS NULL);
CREATE UNIQUE INDEX task_open ON public.task USING btree (kind, object) WHERE (done = 0);
ALTER TABLE ONLY public.audit_payload
    ADD CONSTRAINT audit_payload_id_fkey FOREIGN KEY (id) REFERENCES public.audit_entry(id);
ALTER TABLE ONLY public.contact
    ADD CONSTRAINT contact_organisation_fkey FOREIGN KEY (organisation) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.network
    ADD CONSTRAINT network_organisation_fkey FOREIGN KEY (organisation) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT organisation_parent_fkey FOREIGN KEY (parent) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.release_grant
    ADD CONSTRAINT release_grant_about_fkey FOREIGN KEY (about) REFERENCES public.organisation(id);
ALTER TABLE ONLY public.release_grant
    ADD CONSTRAINT release_grant_to_organisation_fkey FOREIGN KEY (to_organisation) REFERENCES public.organisation(id);
