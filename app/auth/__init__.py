"""Who is asking, and what they may do where (账号与权限). It knows areas and parties by their plain codes only."""
