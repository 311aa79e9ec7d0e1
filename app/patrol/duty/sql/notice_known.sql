-- Was there ever such a notice?
-- in: version
SELECT EXISTS (SELECT FROM patrol.notices AS n WHERE n.version = :version)
